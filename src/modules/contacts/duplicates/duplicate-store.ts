import { sql } from 'kysely'
import type { Queryable } from '#platform/database/database.ts'
import { contactColumns, type StoredContact } from '../contact/contact-store.ts'
import type { MovedMember } from './merge-store.ts'

export type SharedKey = { kind: 'email' | 'phone' | 'name'; value: string; ids: string[] }

/** What more contacts have says nothing: the number of a switchboard, for instance. */
const mostSharing = 20
const mostKeys = 3000

export const duplicateStore = {
  /** What several contacts of an owner have in common. */
  async shared(db: Queryable, ownerId: string): Promise<SharedKey[]> {
    const group = sql`group by value having count(distinct id) between 2 and ${mostSharing} limit ${mostKeys}`
    const { rows } = await sql<SharedKey>`
      (select 'email' as kind, value, array_agg(distinct id) as ids from contact, unnest(emails) as value
        where owner_id = ${ownerId} and kind <> 'group' ${group})
      union all
      (select 'phone', value, array_agg(distinct id) from contact, unnest(phones) as value
        where owner_id = ${ownerId} and kind <> 'group' ${group})
      union all
      (select 'name', folded_name as value, array_agg(distinct id) from contact
        where owner_id = ${ownerId} and kind <> 'group' and length(folded_name) > 3
        group by folded_name having count(*) between 2 and ${mostSharing} limit ${mostKeys})`.execute(db)
    return rows
  },

  async contacts(db: Queryable, ownerId: string, ids: readonly string[]): Promise<StoredContact[]> {
    const { rows } = await sql<StoredContact>`
      select ${contactColumns} from contact
      join contact_book as book on book.owner_id = contact.owner_id and book.id = contact.book_id
      where contact.owner_id = ${ownerId} and contact.id = any(${[...ids]}::uuid[])
      order by contact.id`.execute(db)
    return rows
  },

  /** Groups in writable books that have one of these uids among their members; `hasKept`: also the kept one's. */
  async groupsWith(db: Queryable, ownerId: string, uids: readonly string[], kept: string): Promise<MovedMember[]> {
    const { rows } = await sql<MovedMember>`
      select book.name as book, contact.object, ${kept} = any(contact.members) as "hasKept",
        array(select uid from unnest(contact.members) as uid where uid = any(${[...uids]}::text[])) as uids
      from contact
      join contact_book as book on book.owner_id = contact.owner_id and book.id = contact.book_id
      where contact.owner_id = ${ownerId} and contact.kind = 'group' and not book.is_read_only
        and contact.members && ${[...uids]}::text[]
      limit 200`.execute(db)
    return rows
  },
}
