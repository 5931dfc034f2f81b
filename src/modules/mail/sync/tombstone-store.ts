import { sql } from 'kysely'
import type { Queryable, Tx } from '#platform/database/database.ts'
import type { AccountKey, Folder } from './folder-store.ts'
import type { Tombstone } from './identity.ts'
import type { MessageRow } from './message-row.ts'

const tombstoneColumns = sql`location.folder_id, location.uidvalidity, location.uid, location.shown_folder_id,
  location.received_at as sorted_at, location.is_deleted,
  exists (select from mail_folder as shown where shown.owner_id = location.owner_id and shown.id = location.shown_folder_id
    and shown.role = 'snoozed') as is_snoozed, message.id as message_id, message.message_id_header,
  message.server_email_id, message.sent_at, message.received_at, message.size_bytes`

export const tombstoneStore = {
  /**
   * What may be the same as one of `rows`: messages that vanished anywhere in the account, and those of an earlier
   * UIDVALIDITY of `folder`, which stay visible until they are found again.
   */
  async candidates(tx: Tx, key: AccountKey, folder: Folder, rows: readonly MessageRow[]): Promise<Tombstone[]> {
    if (!(await hasTombstones(tx, key, folder))) return []
    const { headers, emailIds, dates } = identities(rows)
    const { ownerId, mailAccountId } = key
    const isTombstone = sql`((location.gone_at is not null and not location.is_deleted)
      or (location.folder_id = ${folder.id} and location.uidvalidity <> ${folder.uidvalidity}))`
    const join = sql`join mail_location as location
      on location.owner_id = message.owner_id and location.message_id = message.id`
    const { rows: found } = await sql<Tombstone>`
      select ${tombstoneColumns} from mail_message as message ${join}
      where message.owner_id = ${ownerId} and message.mail_account_id = ${mailAccountId}
        and message.message_id_header = any(${headers}::text[]) and ${isTombstone}
      union
      select ${tombstoneColumns} from mail_message as message ${join}
      where message.owner_id = ${ownerId} and message.mail_account_id = ${mailAccountId}
        and message.server_email_id = any(${emailIds}::text[]) and ${isTombstone}
      union
      select ${tombstoneColumns} from mail_message as message ${join}
      where message.owner_id = ${ownerId} and message.mail_account_id = ${mailAccountId}
        and message.message_id_header is null and location.received_at = any(${dates}::timestamptz[])
        and ${isTombstone}`.execute(tx)
    return found
  },

  /** Folders that show a message now which may be the same as one of `rows`: was it copied, or moved from there? */
  async foldersOfTwins(db: Queryable, key: AccountKey, folder: Folder, rows: readonly MessageRow[]): Promise<string[]> {
    const { headers, emailIds, sizes } = identities(rows)
    const { rows: found } = await sql<{ folder_id: string }>`
      select distinct location.folder_id
      from mail_message as message
      join mail_location as location on location.owner_id = message.owner_id and location.message_id = message.id
      where message.owner_id = ${key.ownerId} and message.mail_account_id = ${key.mailAccountId}
        and ((message.message_id_header = any(${headers}::text[]) and message.size_bytes = any(${sizes}::bigint[]))
          or message.server_email_id = any(${emailIds}::text[]))
        and location.gone_at is null and location.folder_id <> ${folder.id}`.execute(db)
    return found.map((row) => row.folder_id)
  },

  /** Removes locations whose messages live on elsewhere. */
  async remove(tx: Tx, { ownerId }: AccountKey, tombstones: readonly Tombstone[]): Promise<void> {
    await sql`delete from mail_location as location
      using unnest(${tombstones.map((one) => one.folder_id)}::uuid[], ${tombstones.map((one) => one.uidvalidity)}::bigint[],
        ${tombstones.map((one) => one.uid)}::bigint[]) as gone (folder_id, uidvalidity, uid)
      where location.owner_id = ${ownerId} and location.folder_id = gone.folder_id
        and location.uidvalidity = gone.uidvalidity and location.uid = gone.uid`.execute(tx)
  },
}

/** Almost always there are none, and then the listing need not look for them. */
async function hasTombstones(tx: Tx, { ownerId, mailAccountId }: AccountKey, folder: Folder): Promise<boolean> {
  const { rows } = await sql<{ found: boolean }>`
    select exists (select from mail_location
        where owner_id = ${ownerId} and mail_account_id = ${mailAccountId} and gone_at is not null and not is_deleted)
      or exists (select from mail_location where owner_id = ${ownerId} and folder_id = ${folder.id}
        and (uidvalidity < ${folder.uidvalidity} or uidvalidity > ${folder.uidvalidity})) as found`.execute(tx)
  return rows[0]?.found ?? false
}

function identities(rows: readonly MessageRow[]) {
  return {
    headers: rows.flatMap((row) => row.messageIdHeader ?? []),
    emailIds: rows.flatMap((row) => row.serverEmailId ?? []),
    dates: rows.filter((row) => row.messageIdHeader === null).map((row) => row.receivedAt),
    sizes: rows.map((row) => row.sizeBytes),
  }
}
