import { type AnswerBytes, readAnswers } from '#integrations/imap/fetch/fetch-answer.ts'
import { type MessageRow, messageRow } from './message-row.ts'

/** What answers to a listing say. */
export type ListedRows = {
  rows: MessageRow[]
  /** Messages of which only the flags were told, unasked: they changed meanwhile. */
  changed: Array<Pick<MessageRow, 'uid' | 'flags' | 'rawFlags' | 'modseq'>>
  /** Listed without their flags. */
  flagless: number[]
  /** Answers that no message could be read from. */
  unreadable: number
}

/** Reads answers to a listing. CPU-heavy: for many of them to be done in a thread. */
export function listedRows(read: AnswerBytes, now: Date): ListedRows {
  const { answers, unreadable } = readAnswers(read)
  const listed: ListedRows = { rows: [], changed: [], flagless: [], unreadable }
  for (const [uid, { flags, ...answer }] of answers) {
    const isListed = answer.internalDate !== undefined
    if (flags && isListed) listed.rows.push(messageRow({ ...answer, uid, flags }, now))
    else if (flags) listed.changed.push(changedRow(messageRow({ ...answer, uid, flags }, now)))
    else if (isListed) listed.flagless.push(uid)
  }
  return listed
}

const changedRow = ({ uid, flags, rawFlags, modseq }: MessageRow) => ({ uid, flags, rawFlags, modseq })
