import type { Database, Transact, Tx } from '#platform/database/database.ts'
import { AppError, notFound } from '#platform/errors.ts'
import type { Events } from '#platform/events/events.ts'
import { decodeCursor, encodeCursor } from '#platform/http/cursor.ts'
import { etagMismatch, etagOf, isMatch } from '#platform/http/etag.ts'
import { type Answer, once } from '#platform/http/idempotency.ts'
import { newId } from '#platform/ids.ts'
import type { BulkActs } from '../bulk/bulk-acts.ts'
import type { BulkAct } from '../bulk/bulk-store.ts'
import { bulkWalkStore } from '../bulk/bulk-walk-store.ts'
import { appendMailEvents, type MailEvent } from '../events.ts'
import type { Wake } from '../wake.ts'
import { renameLabelFolders } from './label-folders.ts'
import { checkedKeyword, keywordOf } from './label-keyword.ts'
import { checkedName } from './label-name.ts'
import { type Label, labelStore as store } from './label-store.ts'

export type NewLabel = { name: string; color?: string; keyword?: string }
export type LabelChange = { name?: string; color?: string }

export type LabelDeps = {
  database: Database
  transact: Transact
  events: Events
  wake: Wake
  bulkActs: Pick<BulkActs, 'begin'>
}
export type Labels = ReturnType<typeof createLabels>

const defaultColor = '#808080'

/**
 * An owner's labels, over all their mail accounts: IMAP keywords where the server keeps them, Gmail's labels there, and
 * rows of ours elsewhere. No two differ by case alone.
 */
export function createLabels({ database, transact, events, wake, bulkActs }: LabelDeps) {
  const tell = (
    tx: Tx,
    ownerId: string,
    type: `mail.label_${'created' | 'updated' | 'deleted'}`,
    label_id: string,
    others: readonly MailEvent[] = [],
  ) => appendMailEvents(events, tx, ownerId, [{ type, data: { label_id } }, ...others])

  /** With what bears its keyword or Gmail's label of that name already. */
  async function make(tx: Tx, ownerId: string, body: NewLabel): Promise<{ label: Label; happened: MailEvent[] }> {
    const label = await insert(tx, ownerId, body)
    const total_count = await bulkWalkStore.countPlaces(tx, ownerId)
    const work = { kind: 'adopt_label', subject_id: label.id, arguments: label, total_count } as const
    const { happened } = await bulkActs.begin(tx, ownerId, work)
    return { label, happened: [{ type: 'mail.label_created', data: { label_id: label.id } }, ...happened] }
  }

  return {
    /** Labels by their names. @throws AppError `invalid_request_body` for a foreign cursor. */
    async list(ownerId: string, { cursor, limit }: { cursor: string | undefined; limit: number }) {
      const [name, id] = cursor === undefined ? [] : decodeCursor(cursor, ['string', 'uuid'])
      const after = name !== undefined && id !== undefined ? { name, id } : undefined
      const found = await store.list(database, ownerId, { after, limit: limit + 1 })
      const items = found.slice(0, limit)
      const last = items.at(-1)
      return { items, next_cursor: last && found.length > limit ? encodeCursor([last.name, last.id]) : null }
    },

    /** @throws AppError `not_found`. */
    async find(ownerId: string, id: string): Promise<Label> {
      const [label] = await store.find(database, ownerId, [id])
      if (!label) throw notFound('label')
      return label
    },

    /**
     * Makes a label. What bears its keyword or Gmail's label of that name already gets it in the background.
     * @throws AppError `mail.label_exists`, `mail.label_name_invalid`, `mail.label_keyword_invalid`,
     *   `idempotency_key_reused`.
     */
    create: (ownerId: string, body: NewLabel, idempotencyKey?: string): Promise<Answer<Label>> =>
      transact((tx) =>
        once(tx, { ownerId, scope: 'mail.labels', key: idempotencyKey, body }, async () => {
          const { label, happened } = await make(tx, ownerId, body)
          await appendMailEvents(events, tx, ownerId, happened)
          return { status: 201, body: label }
        }),
      ),

    /**
     * The label of that name, or with that keyword; made when there is none, as `create` does it. `events` are for the
     * caller to append, as the last thing of its transaction.
     * @throws AppError `mail.label_name_invalid`.
     */
    async ensure(tx: Tx, ownerId: string, name: string): Promise<{ id: string; events: MailEvent[] }> {
      const known = await store.named(tx, ownerId, checkedName(name))
      if (known) return { id: known.id, events: [] }
      try {
        const { label, happened } = await make(tx, ownerId, { name })
        return { id: label.id, events: happened }
      } catch (error) {
        if (!(error instanceof AppError)) throw error
        // Somebody made it at this moment.
        const made = await store.named(tx, ownerId, checkedName(name))
        if (!made) throw error
        return { id: made.id, events: [] }
      }
    },

    /**
     * Names or colours a label anew. Its keyword stays, so that nothing is written to servers but Gmail's label.
     * @throws AppError `not_found`, `etag_mismatch`, `mail.label_exists`, `mail.label_name_invalid`.
     */
    change: (ownerId: string, id: string, change: LabelChange, ifMatch: string | undefined): Promise<Label> =>
      transact(async (tx) => {
        const label = await store.lock(tx, ownerId, id)
        if (!label) throw notFound('label')
        if (!isMatch(ifMatch, etagOf(label))) throw etagMismatch()
        const name = change.name === undefined ? label.name : checkedName(change.name)
        const changed = { ...label, name, color: change.color ?? label.color }
        if (changed.name === label.name && changed.color === label.color) return label
        if (!(await store.update(tx, ownerId, changed))) throw labelExists(name)
        if (name !== label.name) await renameLabelFolders(tx, ownerId, wake, { from: label.name, to: name })
        await tell(tx, ownerId, 'mail.label_updated', id)
        return changed
      }),

    /**
     * Deletes a label, and takes it from its messages: from a thousand at once, from the others in the background.
     * @throws AppError `not_found`, `etag_mismatch`.
     */
    delete: (ownerId: string, id: string, ifMatch: string | undefined): Promise<BulkAct> =>
      transact(async (tx) => {
        const label = await store.lock(tx, ownerId, id)
        if (!label) throw notFound('label')
        if (!isMatch(ifMatch, etagOf(label))) throw etagMismatch()
        const total_count = await bulkWalkStore.countLabelled(tx, ownerId, id)
        await store.delete(tx, ownerId, id)
        const work = { kind: 'delete_label', subject_id: id, arguments: label, total_count } as const
        const { bulk, happened } = await bulkActs.begin(tx, ownerId, work)
        await tell(tx, ownerId, 'mail.label_deleted', id, happened)
        return bulk
      }),
  }
}

/** A keyword that two names would share is told apart by the label's id. */
async function insert(tx: Tx, ownerId: string, body: NewLabel): Promise<Label> {
  const id = newId()
  const name = checkedName(body.name)
  const unique = `label_${id.slice(-8)}`
  const keyword = body.keyword === undefined ? keywordOf(name, unique) : checkedKeyword(body.keyword)
  const label = { id, name, color: body.color ?? defaultColor, keyword }
  const inserted =
    (await store.insert(tx, ownerId, label)) ??
    (body.keyword === undefined ? await store.insert(tx, ownerId, { ...label, keyword: unique }) : undefined)
  if (!inserted) throw labelExists(name)
  return inserted
}

const labelExists = (name: string) =>
  new AppError('conflict', 'mail.label_exists', `You already have a label "${name}", or one with that keyword.`)
