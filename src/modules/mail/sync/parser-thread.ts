import type { AnswerBytes } from '#integrations/imap/fetch/fetch-answer.ts'
import { answerTasks } from '#platform/threads/answer-tasks.ts'
import { releaseMemory } from '#platform/threads/release-memory.ts'
import { readBodies, readHtml } from './fetched-bodies.ts'
import { listedRows } from './listing-rows.ts'
import type { ParserTask } from './parsers.ts'

answerTasks<ParserTask>((task) => {
  if (task.kind === 'listing') {
    // As JSON, which is read quicker than a structured clone.
    const answer = JSON.stringify(listedRows(received(task.answers), task.now))
    releaseMemory([task.answers.bytes])
    return { answer }
  }
  const answers = task.answers.map(received)
  const answer = task.kind === 'html' ? readHtml(answers, task.messages) : readBodies(answers, task.messages)
  releaseMemory(task.answers.map(({ bytes }) => bytes))
  return { answer, transfer: Object.values(answer.columns).map(({ buffer }) => buffer as ArrayBuffer) }
})

/** A Buffer arrives as a Uint8Array. */
function received({ bytes, starts }: AnswerBytes): AnswerBytes {
  return { bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), starts }
}
