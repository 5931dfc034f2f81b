import type { ImapFlow } from 'imapflow'
import { selectMailbox, uidSet } from '#integrations/imap/imap-mailbox.ts'
import type { AccountContext } from './account-context.ts'
import { decodeText, type MessagePart, textPartsOf } from './body-parts.ts'
import { runPipeline } from './body-pipeline.ts'
import { type BodyBatch, type BodyPlan, maxPartBytes, planBodies } from './body-plan.ts'
import { type BodyRow, storeBodies, storeHtml } from './body-store.ts'
import type { Gate } from './gate.ts'
import { type BodyForm, type BodyPlace, type PendingBody, pendingBodyStore } from './pending-body-store.ts'
import { settleWords } from './words-store.ts'

const pageSize = 1000
/** Messages after which merging their words is worth a walk over the index. */
const manyBodies = 500
/** Nobody pads a text that says nothing beyond this. */
const maxBlankBytes = 4096

/** The text parts of a batch by UID and part number; undefined when the server refused them. */
type FetchedParts = Map<number, Map<string, Buffer>> | undefined

export type BodyOptions = { limit?: number; shouldPause?: () => boolean }

/**
 * Fetches the text parts of listed messages, newest first, and stores and indexes them: of all messages what search
 * needs, then the HTML beside it. Attachments stay on the server. What one process holds at a time is bounded by
 * `bytesInFlight` over all accounts.
 */
export function createBodies(account: AccountContext, bytesInFlight: Gate) {
  const { key, commit, database, traffic } = account

  /** What is to be fetched of all that is pending; what needs no fetching is settled on the way. */
  async function* batchesOf(form: BodyForm, { limit = Number.POSITIVE_INFINITY, shouldPause }: BodyOptions) {
    let after: BodyPlace | undefined
    for (let done = 0; done < limit; ) {
      const pending = await pendingBodyStore.next(database, key, {
        form,
        after,
        limit: Math.min(pageSize, limit - done),
      })
      const last = pending.at(-1)
      if (!last) return
      after = { receivedAt: last.received_at, id: last.id }
      done += pending.length
      const plan = planBodies(pending, form)
      await settleWithoutFetching(form, plan)
      for (const batch of plan.batches) {
        if (traffic.isSpent() || shouldPause?.()) return
        yield batch
      }
    }
  }

  async function settleWithoutFetching(form: BodyForm, { empty, headersOnly, givenUp }: BodyPlan): Promise<void> {
    const settled = [...empty, ...headersOnly, ...givenUp]
    if (settled.length === 0) return
    const isTruncated = form === 'html'
    const nothing = { mailAccountId: key.mailAccountId, text: null, html: null, isTruncated }
    const rows = settled.map(({ id }) => ({ messageId: id, ...nothing }))
    await commit(async (tx) => {
      if (form === 'html') return storeHtml(tx, key.ownerId, rows)
      await storeBodies(tx, key.ownerId, rows)
      await pendingBodyStore.markFailed(tx, key, idsOf(givenUp))
      await pendingBodyStore.markHeadersOnly(tx, key, idsOf(headersOnly))
    })
  }

  /** Here and not where bodies are stored: two of them are stored at once, but fetched one by one. */
  async function countTraffic(client: ImapFlow): Promise<void> {
    if (traffic.isLimited()) await commit((tx) => traffic.count(tx, client))
  }

  async function fetchWords(client: ImapFlow, batch: BodyBatch): Promise<FetchedParts> {
    const ids = idsOf(batch.messages)
    await commit((tx) => pendingBodyStore.markAttempted(tx, key, ids))
    try {
      const fetched = await fetchParts(client, batch)
      await addHtmlToBlankTexts(client, batch, fetched)
      await countTraffic(client)
      return fetched
    } catch (error) {
      // Refused by the server, the attempt counts: alone next time, and the third time given up.
      if (isRefusal(client, error)) return undefined
      await commit((tx) => pendingBodyStore.takeBackAttempt(tx, key, ids)).catch(() => undefined)
      throw error
    }
  }

  async function storeWords(batch: BodyBatch, fetched: FetchedParts): Promise<void> {
    if (!fetched) return
    const rows = batch.messages.flatMap((message) => {
      const parts = fetched.get(message.uid)
      return parts ? bodyRow(account, message, parts) : []
    })
    const stored = new Set(rows.map((row) => row.messageId))
    const absent = idsOf(batch.messages).filter((id) => !stored.has(id))
    await commit(async (tx) => {
      if (absent.length > 0) await pendingBodyStore.takeBackAttempt(tx, key, absent)
      await storeBodies(tx, key.ownerId, rows)
    })
  }

  async function fetchHtml(client: ImapFlow, batch: BodyBatch): Promise<FetchedParts> {
    try {
      const fetched = await fetchParts(client, batch)
      await countTraffic(client)
      return fetched
    } catch (error) {
      if (!isRefusal(client, error)) throw error
      await commit((tx) => pendingBodyStore.countHtmlAttempt(tx, key, idsOf(batch.messages)))
      return undefined
    }
  }

  async function storeHtmlOf(batch: BodyBatch, fetched: FetchedParts): Promise<void> {
    const rows = batch.messages.flatMap((message) => {
      const parts = fetched?.get(message.uid)
      return parts ? bodyRow(account, message, parts) : []
    })
    if (rows.length > 0) await commit((tx) => storeHtml(tx, key.ownerId, rows))
  }

  /** Stores and indexes what search needs of up to `limit` messages. */
  async function fetchAllWords(client: ImapFlow, options: BodyOptions): Promise<void> {
    let done = 0
    const count = async function* () {
      for await (const batch of batchesOf('words', options)) {
        done += batch.messages.length
        yield batch
      }
    }
    const stages = { fetch: (batch: BodyBatch) => fetchWords(client, batch), store: storeWords }
    await runPipeline(count(), stages, bytesInFlight)
    if (done >= manyBodies) await settleWords(database)
  }

  return {
    /** How many bodies are waiting, at most `limit`: is another connection worth it? */
    async waiting(limit: number): Promise<number> {
      const [words, html] = await Promise.all(
        (['words', 'html'] as const).map((form) => pendingBodyStore.next(database, key, { form, limit })),
      )
      return Math.min(limit, (words?.length ?? 0) + (html?.length ?? 0))
    },

    /** Makes up to `limit` messages searchable, over a connection that nobody else uses meanwhile. */
    fetchWords: fetchAllWords,

    /** Stores all pending bodies, over a connection that nobody else uses meanwhile. */
    async fetch(client: ImapFlow, options: Pick<BodyOptions, 'shouldPause'> = {}): Promise<void> {
      await fetchAllWords(client, options)
      const stages = { fetch: (batch: BodyBatch) => fetchHtml(client, batch), store: storeHtmlOf }
      await runPipeline(batchesOf('html', options), stages, bytesInFlight)
    },
  }
}

export type Bodies = ReturnType<typeof createBodies>

const idsOf = (messages: readonly PendingBody[]) => messages.map((message) => message.id)

const isRefusal = (client: ImapFlow, error: unknown) =>
  client.usable && Boolean((error as { responseStatus?: string }).responseStatus)

async function fetchParts(client: ImapFlow, batch: BodyBatch): Promise<Map<number, Map<string, Buffer>>> {
  const fetched = new Map<number, Map<string, Buffer>>()
  if (!client.mailbox || client.mailbox.path !== batch.path) {
    const snapshot = await selectMailbox(client, batch.path)
    if (snapshot.uidValidity !== batch.uidvalidity) return fetched
  }
  const uids = batch.messages.map((message) => message.uid).sort((a, b) => a - b)
  const bodyParts = batch.parts.map((key) => ({ key, start: 0, maxLength: maxPartBytes }))
  for await (const row of client.fetch(uidSet(uids), { uid: true, bodyParts }, { uid: true })) {
    if (!row.bodyParts) continue
    fetched.set(row.uid, new Map([...(fetched.get(row.uid) ?? []), ...row.bodyParts]))
  }
  return fetched
}

/** A text of nothing but blanks, as some newsletters have: what there is to read is in the HTML. */
async function addHtmlToBlankTexts(client: ImapFlow, batch: BodyBatch, fetched: Map<number, Map<string, Buffer>>) {
  for (const message of batch.messages) {
    const { text, html } = textPartsOf(message.parts)
    const parts = fetched.get(message.uid)
    if (!text || !html || !parts || parts.has(sectionOf(html)) || text.size > maxBlankBytes) continue
    if (decoded(parts, text)?.trim()) continue
    const more = await fetchParts(client, { ...batch, messages: [message], parts: [html.part] })
    for (const [section, bytes] of more.get(message.uid) ?? []) parts.set(section, bytes)
  }
}

function bodyRow({ key }: AccountContext, message: PendingBody, fetched: Map<string, Buffer>): BodyRow {
  const { text, html } = textPartsOf(message.parts)
  return {
    messageId: message.id,
    mailAccountId: key.mailAccountId,
    text: decoded(fetched, text),
    html: decoded(fetched, html),
    isTruncated: [text, html].some((part) => part !== undefined && part.size > maxPartBytes),
    isHtmlPending: html !== undefined && !fetched.has(sectionOf(html)),
  }
}

const sectionOf = (part: MessagePart) => part.part.toLowerCase()

function decoded(fetched: Map<string, Buffer>, part: MessagePart | undefined): string | null {
  const bytes = part && fetched.get(sectionOf(part))
  return part && bytes ? decodeText(bytes, part) : null
}
