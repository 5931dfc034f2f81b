import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MessagePart } from './body-parts.ts'
import { planBodies } from './body-plan.ts'
import type { PendingBody } from './pending-body-store.ts'

const part = (section: string, type: string, size = 1000): MessagePart => ({
  ...{ part: section, type, size, encoding: '7bit', charset: null, disposition: null, filename: null, cid: null },
})
const pending = (uid: number, parts: MessagePart[], more: Partial<PendingBody> = {}): PendingBody => ({
  ...{ id: `m${uid}`, received_at: new Date(0), parts, attempts: 0, path: 'INBOX', uidvalidity: 1, uid },
  ...{ is_headers_only: false, subject: '', from_name: '', from_email: '', recipients: '{}' },
  ...more,
})
const text = [part('1', 'text/plain')]
const both = [part('1.1', 'text/plain'), part('1.2', 'text/html'), part('2', 'image/png', 9_000_000)]
const batchesOf = (messages: PendingBody[]) =>
  planBodies(messages, 'words').batches.map((batch) => [batch.parts.join('+'), batch.messages.map((one) => one.uid)])

test('messages of one shape in one folder are one fetch, of their text parts only', () => {
  assert.deepEqual(batchesOf([pending(1, text), pending(2, both), pending(3, text)]), [
    ['1', [1, 3]],
    ['1.1', [2]],
  ])
  assert.deepEqual(batchesOf([pending(1, text), pending(2, text, { path: 'Sent' })]).length, 2)
})

test('what search needs is fetched first: the text of a message, its HTML only where there is no text', () => {
  const alone = [part('1', 'text/html')]
  const hinting = [part('1.1', 'text/plain', 20), part('1.2', 'text/html')]
  const messages = [pending(1, both), pending(2, alone), pending(3, hinting)]
  assert.deepEqual(batchesOf(messages), [
    ['1.1', [1]],
    ['1', [2]],
    ['1.1+1.2', [3]],
  ])
  const { batches } = planBodies([pending(1, both)], 'html')
  assert.deepEqual(
    batches.map((batch) => batch.parts),
    [['1.2']],
  )
})

test('a folder that is synced without bodies has none fetched', () => {
  const plan = planBodies([pending(1, text), pending(2, text, { is_headers_only: true })], 'words')
  assert.deepEqual([plan.batches.length, plan.headersOnly.map((one) => one.uid)], [1, [2]])
})

test('a message tried before goes alone, and is given up after three attempts', () => {
  const tried = pending(2, text, { attempts: 2 })
  assert.deepEqual(batchesOf([pending(1, text), tried, pending(3, text)]), [
    ['1', [1, 3]],
    ['1', [2]],
  ])
  assert.equal(planBodies([{ ...tried, attempts: 3 }], 'words').givenUp.length, 1)
})

test('bytes in flight are bounded, and of a huge part only its beginning counts', () => {
  const huge = Array.from({ length: 20 }, (_, at) => pending(at, [part('1', 'text/plain', 50_000_000)]))
  const { batches } = planBodies(huge, 'words')
  assert.deepEqual(
    batches.map((batch) => batch.messages.length),
    [4, 4, 4, 4, 4],
  )
  assert(batches.every((batch) => batch.bytes <= 2 * 1024 * 1024))
})

test('a message without text needs no fetch; one that lies nowhere now waits', () => {
  const plan = planBodies([pending(1, [part('1', 'image/png')]), pending(2, text, { path: null })], 'words')
  assert.deepEqual([plan.empty.length, plan.batches.length, plan.givenUp.length], [1, 0, 0])
})
