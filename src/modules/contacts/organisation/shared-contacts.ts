import { writeVcard } from '#integrations/vcard/vcard-writer.ts'
import { audit, type RequestOrigin } from '#platform/audit/audit.ts'
import type { Database, Transact, Tx } from '#platform/database/database.ts'
import { notFound } from '#platform/errors.ts'
import { decodeCursor, encodeCursor } from '#platform/http/cursor.ts'
import { etagMismatch, isMatch } from '#platform/http/etag.ts'
import { once } from '#platform/http/idempotency.ts'
import { newId } from '#platform/ids.ts'
import type { Card, CardDraft } from '../card/card.ts'
import { cardOf } from '../card/card-draft.ts'
import { emptyVcard, writeCard } from '../card/write-card.ts'
import { contactRow } from '../contact/contact-row.ts'
import { queryWords } from '../names/folding.ts'
import { type SharedContactRow, sharedContactStore as store } from './shared-contact-store.ts'

export type Caller = { personId: string; origin: RequestOrigin }
export type SharedContactBody = { groups: readonly string[] | null; card: CardDraft }

export type SharedContacts = ReturnType<typeof createSharedContacts>

/** Contacts of the organisation, as administrators keep them. */
export function createSharedContacts({ database, transact }: { database: Database; transact: Transact }) {
  const record = (
    tx: Tx,
    { personId: actorId, origin }: Caller,
    id: string,
    change: { before: object | null; after: object | null },
  ) =>
    audit.record(tx, {
      ...{
        ownerId: undefined,
        actorId,
        action: 'admin.shared_contact_changed',
        target: id,
        outcome: 'success',
        origin,
      },
      details: change as never,
    })

  async function locked(tx: Tx, id: string, ifMatch: string | undefined): Promise<SharedContactRow> {
    const row = await store.lock(tx, id)
    if (!row) throw notFound('contact')
    if (!isMatch(ifMatch, etagOfShared(row))) throw etagMismatch()
    return row
  }

  async function put(tx: Tx, id: string, { groups, card: draft }: SharedContactBody): Promise<SharedContactRow> {
    const card = cardOf(draft, id)
    const row = contactRow({ object: `${id}.vcf`, etag: '', vcard: writeVcard(writeCard(emptyVcard, card)) }, undefined)
    const { full_name, sort_name, search, emails } = row
    const kept = { ...{ id, full_name, sort_name, search, emails }, groups: groups && [...groups], version: newId() }
    await store.put(tx, { ...kept, card: row.card })
    const stored = await store.lock(tx, id)
    if (!stored) throw notFound('contact')
    return stored
  }

  return {
    async list({ q, cursor, limit }: { q: string | undefined; cursor: string | undefined; limit: number }) {
      const after = cursor === undefined ? undefined : decodeCursor(cursor, ['string', 'uuid'])
      const filter = { words: queryWords(q ?? ''), after, limit: limit + 1 }
      const rows = await store.byName(database, 'administrator', filter)
      const shown = rows.slice(0, limit)
      const last = shown.at(-1)
      const next = rows.length > limit && last ? encodeCursor([last.sort_name, last.id]) : null
      return { items: shown.map(presentShared), next_cursor: next }
    },

    /** @throws AppError `not_found`. */
    async view(id: string) {
      const row = await store.find(database, 'administrator', id)
      if (!row) throw notFound('contact')
      return presentShared(row)
    },

    /** @throws AppError `idempotency_key_reused`. */
    async create(caller: Caller, body: SharedContactBody, key: string | undefined) {
      const answer = await transact((tx) =>
        once(tx, { ownerId: caller.personId, scope: 'admin.shared_contacts', key, body }, async () => {
          const made = presentShared(await put(tx, newId(), body))
          await record(tx, caller, made.id, { before: null, after: wordOf(made) })
          return { status: 201, body: made }
        }),
      )
      return answer.body
    },

    /** @throws AppError `not_found`, `etag_mismatch`. */
    replace: (caller: Caller, id: string, body: SharedContactBody, ifMatch: string | undefined) =>
      transact(async (tx) => {
        const before = presentShared(await locked(tx, id, ifMatch))
        const after = presentShared(await put(tx, id, body))
        await record(tx, caller, id, { before: wordOf(before), after: wordOf(after) })
        return after
      }),

    /** @throws AppError `not_found`, `etag_mismatch`. */
    remove: (caller: Caller, id: string, ifMatch: string | undefined): Promise<void> =>
      transact(async (tx) => {
        const before = presentShared(await locked(tx, id, ifMatch))
        await store.delete(tx, id)
        await record(tx, caller, id, { before: wordOf(before), after: null })
      }),
  }
}

type Presented = ReturnType<typeof presentShared>

const wordOf = ({ groups, card }: Presented): { groups: string[] | null; card: Card } => ({ groups, card })

const etagOfShared = ({ version }: { version: string }): string => `"${version}"`

const presentShared = ({ id, groups, card, version, updated_at }: SharedContactRow) => ({
  ...{ id, groups, card, etag: etagOfShared({ version }) },
  updated_at: updated_at.toISOString(),
})
