import type { Database } from '#platform/database/database.ts'
import { enqueue, handleJob, type JobHandler, jobName, type Sweep } from '#platform/jobs/jobs.ts'
import type { Logger } from '#platform/observability/log.ts'
import { ThreadDied } from '#platform/threads/thread-died.ts'
import { createThreadPool } from '#platform/threads/thread-pool.ts'
import { contentWords } from '../documents/document-row.ts'
import { contentKindOf, maxContentBytes } from './content-kind.ts'
import type { ContentSource } from './content-source.ts'
import { contentStore, type PendingContent } from './content-store.ts'
import type { ExtractionTask } from './extract-text.ts'

export const extractContents = jobName<{ ownerId: string }>('search.extract_contents')

/** One job reads so many files, then makes room for others. */
const batchSize = 50
const maxAttempts = 4
/** To fetch one file. */
const openTimeoutMs = 60_000

/** Finds the text in files, in a thread of its own: one file at a time on each node, so that memory has a bound. */
export function createContents(deps: { database: Database; sources: readonly ContentSource[]; log: Logger }) {
  const { database, sources, log } = deps
  const pool = createThreadPool({
    script: new URL('./extraction-thread.ts', import.meta.url),
    ...{ size: 1, maxHeapMegabytes: 256, taskTimeoutMs: 30_000, idleMs: 30_000 },
  })
  let turn = Promise.resolve()

  async function extract(ownerId: string, content: PendingContent): Promise<void> {
    const key = { ownerId, type: content.type, id: content.id, version: content.version }
    const kind = contentKindOf(content.media_type, content.filename)
    const source = sources.find(({ types }) => types.includes(content.type))
    try {
      const bytes = kind && source && (await bytesOf(source, ownerId, content.id))
      if (!kind || (!bytes && content.attempts >= maxAttempts)) {
        return await contentStore.giveUp(database, key, 'unreadable')
      }
      // It lies elsewhere perhaps, of which its module hears soon.
      if (!bytes) return
      if (bytes === 'too_large') return await contentStore.giveUp(database, key, 'too_large')
      const text = await pool.run<string>({ bytes, kind } satisfies ExtractionTask, [bytes.buffer])
      await contentStore.storeText(database, key, text, contentWords(text))
    } catch (error) {
      // A file over which a thread ends would end the next one too.
      const isHopeless = error instanceof ThreadDied || content.attempts >= maxAttempts
      log.warn({ type: content.type, attempts: content.attempts, err: error }, 'the text of a file was not found')
      if (isHopeless) await contentStore.giveUp(database, key, 'unreadable')
    }
  }

  async function extractOf(ownerId: string): Promise<void> {
    const seen = new Set<string>()
    for (let count = 0; count < batchSize; count++) {
      const content = await contentStore.take(database, ownerId)
      if (!content) return
      // It failed just now: the sweep tries again.
      const key = `${content.type} ${content.id} ${content.version}`
      if (seen.has(key)) return
      seen.add(key)
      await extract(ownerId, content)
    }
    await enqueue(database, extractContents, { ownerId }, { key: `search-contents-${ownerId}` })
  }

  const jobs: JobHandler[] = [
    handleJob(extractContents, async ({ ownerId }) => {
      const mine = turn.then(() => extractOf(ownerId))
      turn = mine.catch(() => undefined)
      await mine
    }),
  ]
  const sweep: Sweep = {
    name: 'search-contents',
    everySeconds: 300,
    async run() {
      for (const ownerId of await contentStore.waitingOwners(database)) {
        await enqueue(database, extractContents, { ownerId }, { key: `search-contents-${ownerId}` })
      }
    },
  }
  return { jobs, sweeps: [sweep], close: pool.close }
}

async function bytesOf(source: ContentSource, ownerId: string, id: string) {
  const stream = await source.open(ownerId, id, AbortSignal.timeout(openTimeoutMs))
  if (!stream) return undefined
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of stream) {
    size += chunk.byteLength
    if (size > maxContentBytes) return 'too_large'
    chunks.push(chunk)
  }
  // A buffer of its own, which a thread can be given.
  const bytes = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.byteLength
  }
  return bytes
}
