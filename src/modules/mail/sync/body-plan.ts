import { type MessagePart, maxPartBytes, textPartsOf } from './body-parts.ts'
import { type BodyForm, maxBodyAttempts, type PendingBody } from './pending-body-store.ts'

/** Messages whose text parts have the same numbers: one FETCH gets them all. */
export type BodyBatch = { path: string; uidvalidity: number; parts: string[]; messages: PendingBody[]; bytes: number }

export type BodyPlan = {
  empty: PendingBody[]
  headersOnly: PendingBody[]
  givenUp: PendingBody[]
  batches: BodyBatch[]
}

const maxBatchMessages = 250
const maxBatchBytes = 1024 * 1024

/** A text as short as that says no more than that there is HTML. */
const tinyPartBytes = 64

/** Shared out by what has to be done: nothing to fetch, not to be fetched, given up, or batches to fetch in turn. */
export function planBodies(pending: readonly PendingBody[], form: BodyForm): BodyPlan {
  const empty: PendingBody[] = []
  const headersOnly: PendingBody[] = []
  const givenUp: PendingBody[] = []
  const batches: BodyBatch[] = []
  const open = new Map<string, BodyBatch>()
  for (const message of pending) {
    const parts = wantedParts(message, form)
    if (message.attempts >= maxBodyAttempts) givenUp.push(message)
    else if (parts.length === 0) empty.push(message)
    else if (message.is_headers_only && form === 'words') headersOnly.push(message)
    else if (message.path !== null) addToBatch({ ...message, path: message.path }, parts, batches, open)
  }
  return { empty, headersOnly, givenUp, batches }
}

/** HTML is many times as long as the text beside it, and says the same: only a reader needs it. */
function wantedParts(message: PendingBody, form: BodyForm): MessagePart[] {
  const { text, html } = textPartsOf(message.parts)
  if (form === 'html') return html ? [html] : []
  if (text && html && text.size > tinyPartBytes) return [text]
  return [text, html].filter((part) => part !== undefined)
}

/** A message that was tried before goes alone: if it is poison, only it is counted for the death. */
function addToBatch(
  message: PendingBody & { path: string },
  parts: MessagePart[],
  batches: BodyBatch[],
  open: Map<string, BodyBatch>,
) {
  const sections = parts.map((part) => part.part)
  const bytes = parts.reduce((sum, part) => sum + Math.min(part.size, maxPartBytes), 0)
  const { path, uidvalidity } = message
  const shape = JSON.stringify([path, sections])
  const batch = open.get(shape)
  const isAlone = message.attempts > 0
  if (batch && !isAlone && batch.messages.length < maxBatchMessages && batch.bytes + bytes <= maxBatchBytes) {
    batch.messages.push(message)
    batch.bytes += bytes
    return
  }
  const started = { path, uidvalidity, parts: sections, messages: [message], bytes }
  batches.push(started)
  if (!isAlone) open.set(shape, started)
}

/** Those of a batch with these UIDs, to be fetched again with their HTML: their texts say nothing. */
export function withHtml({ path, messages }: BodyBatch, uids: readonly number[]): BodyBatch[] {
  const batches: BodyBatch[] = []
  const open = new Map<string, BodyBatch>()
  for (const message of messages) {
    if (!uids.includes(message.uid)) continue
    const { text, html } = textPartsOf(message.parts)
    const parts = [text, html].filter((part) => part !== undefined)
    addToBatch({ ...message, path }, parts, batches, open)
  }
  return batches
}
