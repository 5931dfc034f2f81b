import type { ImapFlow } from 'imapflow'
import { selectMailbox, uidSet } from '#integrations/imap/imap-mailbox.ts'
import type { AccountContext } from './account-context.ts'
import { decodeText, type MessagePart, textPartsOf } from './body-parts.ts'
import { type BodyBatch, type BodyPlan, maxPartBytes, planBodies } from './body-plan.ts'
import { type BodyRow, storeBodies } from './body-store.ts'
import type { Gate } from './gate.ts'
import { type BodyPlace, type PendingBody, pendingBodyStore } from './pending-body-store.ts'

const pageSize = 400

/**
 * Fetches the text parts of listed messages, newest first, and stores and indexes them. Attachments stay on the
 * server. What one process holds at a time is bounded by `bytesInFlight` over all accounts.
 */
export function createBodies(account: AccountContext, bytesInFlight: Gate) {
  const { key, commit, database, traffic } = account

  async function fetchBatch(client: ImapFlow, batch: BodyBatch): Promise<void> {
    const ids = batch.messages.map((message) => message.id)
    await commit((tx) => pendingBodyStore.markAttempted(tx, key, ids))
    const fetched = await fetchParts(client, batch).catch(async (error) => {
      // Refused by the server, the attempt counts: alone next time, and the third time given up.
      if (client.usable && (error as { responseStatus?: string }).responseStatus) return undefined
      await commit((tx) => pendingBodyStore.takeBackAttempt(tx, key, ids)).catch(() => undefined)
      throw error
    })
    if (!fetched) return
    const rows = batch.messages.flatMap((message) => {
      const parts = fetched.get(message.uid)
      return parts ? bodyRow(account, message, parts) : []
    })
    const stored = new Set(rows.map((row) => row.messageId))
    const absent = ids.filter((id) => !stored.has(id))
    await commit(async (tx) => {
      if (absent.length > 0) await pendingBodyStore.takeBackAttempt(tx, key, absent)
      await traffic.count(tx, client)
      await storeBodies(tx, key.ownerId, rows)
    })
  }

  async function settleWithoutFetching({ empty, headersOnly, givenUp }: BodyPlan): Promise<void> {
    const settled = [...empty, ...headersOnly, ...givenUp]
    if (settled.length === 0) return
    const { mailAccountId } = key
    const rows = settled.map(({ id }) => ({ messageId: id, mailAccountId, text: null, html: null, isTruncated: false }))
    await commit(async (tx) => {
      await storeBodies(tx, key.ownerId, rows)
      await pendingBodyStore.markFailed(tx, key, idsOf(givenUp))
      await pendingBodyStore.markHeadersOnly(tx, key, idsOf(headersOnly))
    })
  }

  return {
    /** How many bodies are waiting, at most `limit`: is another connection worth it? */
    waiting: async (limit: number): Promise<number> =>
      (await pendingBodyStore.next(database, key, undefined, limit)).length,

    /** Stores up to `limit` pending bodies over a connection that nobody else uses meanwhile. */
    async fetch(client: ImapFlow, options: { limit?: number; shouldPause?: () => boolean } = {}): Promise<void> {
      const { limit = Number.POSITIVE_INFINITY } = options
      const shouldPause = () => traffic.isSpent() || (options.shouldPause?.() ?? false)
      let place: BodyPlace | undefined
      for (let done = 0; done < limit && !shouldPause(); ) {
        const pending = await pendingBodyStore.next(database, key, place, Math.min(pageSize, limit - done))
        const last = pending.at(-1)
        if (!last) return
        place = { receivedAt: last.received_at, id: last.id }
        done += pending.length
        const plan = planBodies(pending)
        await settleWithoutFetching(plan)
        for (const batch of plan.batches) {
          if (traffic.isSpent()) return
          await bytesInFlight(() => fetchBatch(client, batch), batch.bytes)
        }
      }
    },
  }
}

const idsOf = (messages: readonly PendingBody[]) => messages.map((message) => message.id)

export type Bodies = ReturnType<typeof createBodies>

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

function bodyRow({ key }: AccountContext, message: PendingBody, fetched: Map<string, Buffer>): BodyRow {
  const { text, html } = textPartsOf(message.parts)
  const decode = (part: MessagePart | undefined) => {
    const bytes = part && fetched.get(part.part.toLowerCase())
    return bytes ? decodeText(bytes, part) : null
  }
  return {
    messageId: message.id,
    mailAccountId: key.mailAccountId,
    text: decode(text),
    html: decode(html),
    isTruncated: [text, html].some((part) => part !== undefined && part.size > maxPartBytes),
  }
}
