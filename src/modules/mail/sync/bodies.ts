import type { ImapFlow } from 'imapflow'
import type { AnswerBytes } from '#integrations/imap/fetch/fetch-answer.ts'
import { fetchSections } from '#integrations/imap/imap-fetch.ts'
import { selectMailbox } from '#integrations/imap/imap-mailbox.ts'
import { releaseMemory } from '#platform/threads/release-memory.ts'
import { ThreadDied } from '#platform/threads/thread-died.ts'
import { noteBodies } from '../arrivals/note-arrivals.ts'
import type { AccountContext } from './account-context.ts'
import { attemptStore } from './attempt-store.ts'
import { htmlColumns } from './body-columns.ts'
import { maxPartBytes, textPartsOf } from './body-parts.ts'
import { runPipeline } from './body-pipeline.ts'
import { type BodyBatch, type BodyPlan, planBodies, withHtml } from './body-plan.ts'
import { spanOf, storeBodies, storeHtml, storeIndexed } from './body-store.ts'
import type { FetchedMessage } from './fetched-bodies.ts'
import type { Gate } from './gate.ts'
import type { Parsers } from './parsers.ts'
import { type BodyForm, type BodyPlace, type PendingBody, pendingBodyStore } from './pending-body-store.ts'
import { settleWords } from './words-store.ts'

const pageSize = 1000
/** Messages after which merging their words is worth a walk over the index. */
const manyBodies = 500
/** A crash of the database that loses the last of these only has them fetched again. */
const repeatable = { isRepeatable: true }

/** The text parts of a batch, and the attempt that they are; undefined when the server refused them. */
type Fetched = { answers: AnswerBytes[]; attempt: string } | undefined

export type BodyOptions = { limit?: number; shouldPause?: () => boolean }

/**
 * Fetches the text parts of listed messages, newest first, and stores and indexes them: of all messages what search
 * needs, then the HTML beside it. Attachments stay on the server. What one process holds at a time is bounded by
 * `bytesInFlight` over all accounts.
 */
export function createBodies(account: AccountContext, deps: { bytesInFlight: Gate; parsers: Parsers }) {
  const { key, commit, database, traffic } = account
  const { bytesInFlight, parsers } = deps

  const keyOf = (messages: readonly PendingBody[]) => ({ ...key, ...spanOf(messages.map((one) => one.received_at)) })

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
    const rows = settled.map(({ id }) => ({ messageId: id, text: null, html: null, isTruncated: form === 'html' }))
    await commit(async (tx) => {
      if (form === 'html') return storeHtml(tx, keyOf(settled), htmlColumns(rows))
      await storeBodies(tx, key.ownerId, rows)
      await pendingBodyStore.markFailed(tx, key, idsOf(givenUp))
      await pendingBodyStore.markHeadersOnly(tx, key, idsOf(headersOnly))
      await noteBodies(tx, key.ownerId, idsOf(settled))
    })
  }

  async function fetch(client: ImapFlow, form: BodyForm, batch: BodyBatch): Promise<Fetched> {
    const ids = idsOf(batch.messages)
    const attempt = await commit((tx) => attemptStore.beginBodies(tx, key, form, ids), repeatable)
    try {
      const answers = await fetchAnswers(client, batch)
      // Here and not where bodies are stored: two of them are stored at once, but fetched one by one.
      if (traffic.isLimited()) await commit((tx) => traffic.count(tx, client))
      return { answers, attempt }
    } catch (error) {
      const isRefused = isRefusal(client, error)
      // Refused by the server, the attempt counts: alone next time, and the third time given up.
      const ended = endAttempt(attempt, form, isRefused ? ids : [])
      await (isRefused ? ended : ended.catch(() => undefined))
      if (!isRefused) throw error
    }
  }

  const endAttempt = (attempt: string, form: BodyForm, counted: readonly string[]) =>
    commit(async (tx) => {
      await attemptStore.end(tx, key, [attempt])
      if (counted.length > 0) await pendingBodyStore.countAttempt(tx, key, form, counted)
    })

  /** Answers the UIDs of messages whose HTML is needed first. */
  async function storeWords(batch: BodyBatch, { answers, attempt }: NonNullable<Fetched>): Promise<number[]> {
    const { ids, blank, columns } = await parsers.bodies(answers, batch.messages.map(fetchedMessage))
    await commit(async (tx) => {
      await attemptStore.end(tx, key, [attempt])
      await storeIndexed(tx, keyOf(batch.messages), columns)
      await noteBodies(tx, key.ownerId, ids)
    }, repeatable)
    releaseMemory(Object.values(columns))
    return blank
  }

  async function storeHtmlOf(batch: BodyBatch, { answers, attempt }: NonNullable<Fetched>): Promise<void> {
    const { columns } = await parsers.html(answers, batch.messages.map(fetchedMessage))
    await commit(async (tx) => {
      await attemptStore.end(tx, key, [attempt])
      await storeHtml(tx, keyOf(batch.messages), columns)
    }, repeatable)
    releaseMemory(Object.values(columns))
  }

  /** A batch over which a thread died is tried again one by one; one message that kills it three times is given up. */
  async function unlessDeadly(form: BodyForm, batch: BodyBatch, attempt: string, store: () => Promise<void>) {
    try {
      await store()
    } catch (error) {
      if (!(error instanceof ThreadDied)) {
        await endAttempt(attempt, form, []).catch(() => undefined)
        throw error
      }
      account.log.warn({ ...key, err: error }, 'bodies killed their thread')
      await endAttempt(attempt, form, idsOf(batch.messages))
    }
  }

  async function run(client: ImapFlow, form: BodyForm, batches: AsyncIterable<BodyBatch>): Promise<BodyBatch[]> {
    const again: BodyBatch[] = []
    await runPipeline(
      batches,
      {
        fetch: (batch) => fetch(client, form, batch),
        store: async (batch, fetched: Fetched) => {
          if (!fetched) return
          await unlessDeadly(form, batch, fetched.attempt, async () => {
            if (form === 'html') return storeHtmlOf(batch, fetched)
            again.push(...withHtml(batch, await storeWords(batch, fetched)))
          })
        },
      },
      bytesInFlight,
    )
    return again
  }

  /** Stores and indexes what search needs of up to `limit` messages; answers of how many. */
  async function fetchWords(client: ImapFlow, options: BodyOptions): Promise<number> {
    let done = 0
    const counted = async function* () {
      for await (const batch of batchesOf('words', options)) {
        done += batch.messages.length
        yield batch
      }
    }
    const again = await run(client, 'words', counted())
    if (again.length > 0) await run(client, 'words', each(again))
    return done
  }

  return {
    /** How many bodies are waiting, at most `limit`: is another connection worth it? */
    waiting: (limit: number): Promise<number> => pendingBodyStore.count(database, key, limit),

    /** Makes up to `limit` messages searchable, over a connection that nobody else uses meanwhile. */
    fetchWords,

    /** Stores all pending bodies, over a connection that nobody else uses meanwhile. */
    async fetch(client: ImapFlow, options: Pick<BodyOptions, 'shouldPause'> = {}): Promise<void> {
      const isSettling = (await fetchWords(client, options)) >= manyBodies
      // On a busy server the words take longer than the HTML, which need not wait for them.
      const settled = isSettling ? settleWords(database) : undefined
      // Awaited below: until then its failure is no news.
      settled?.catch(() => undefined)
      try {
        await run(client, 'html', batchesOf('html', options))
      } finally {
        await settled
      }
    },
  }
}

export type Bodies = ReturnType<typeof createBodies>

const idsOf = (messages: readonly PendingBody[]) => messages.map((message) => message.id)

const isRefusal = (client: ImapFlow, error: unknown) =>
  client.usable && Boolean((error as { responseStatus?: string }).responseStatus)

async function fetchAnswers(client: ImapFlow, batch: BodyBatch): Promise<AnswerBytes[]> {
  if (!client.mailbox || client.mailbox.path !== batch.path) {
    const snapshot = await selectMailbox(client, batch.path)
    if (snapshot.uidValidity !== batch.uidvalidity) return []
  }
  const uids = batch.messages.map((message) => message.uid).sort((a, b) => a - b)
  const fetched: AnswerBytes[] = []
  await fetchSections(client, uids, { sections: batch.parts, maxBytes: maxPartBytes }, (answers) => {
    fetched.push(answers)
    return undefined
  })
  return fetched
}

function fetchedMessage(message: PendingBody): FetchedMessage {
  const { id, uid, subject, from_name, from_email, recipients } = message
  const { text, html } = textPartsOf(message.parts)
  return { id, uid, text, html, subject, from_name, from_email, recipients }
}

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items
}
