import { type AnswerReader, byte, createAnswerReader, UnreadableAnswer } from './answer-reader.ts'
import { type BodyLeaf, readBodyLeaves } from './body-structure.ts'
import { type RawEnvelope, readEnvelope } from './envelope.ts'

/** What one `* n FETCH (…)` says (RFC 3501 §7.4.2); an item that it lacks is undefined. */
export type FetchAnswer = {
  uid?: number
  flags?: string[]
  /** As the server wrote it. */
  internalDate?: string | null
  size?: number
  /** Decimal. */
  modseq?: string
  /** EMAILID (RFC 8474 §5.1) or X-GM-MSGID. */
  emailId?: string | null
  /** THREADID (RFC 8474 §5.2) or X-GM-THRID. */
  threadId?: string | null
  /** X-GM-LABELS, in modified UTF-7. */
  labels?: string[]
  envelope?: RawEnvelope
  leaves?: BodyLeaf[]
  /** The header fields that were asked for. */
  header?: Buffer | null
  /** Body parts by their section in upper case. They lie in the bytes that were read. */
  sections?: Map<string, Buffer>
}

/** Whole answers, one behind the other, and where each begins. */
export type AnswerBytes = { bytes: Buffer; starts: readonly number[] }

/** What is said of messages, by UID; an answer without a UID is about nobody. Those that can't be read are counted. */
export type ReadAnswers = { answers: Map<number, FetchAnswer>; unreadable: number }

/** Reads answers; what comes in several about one message is put together (RFC 3501 §7.4.2), the later word counts. */
export function readAnswers({ bytes, starts }: AnswerBytes): ReadAnswers {
  const reader = createAnswerReader(bytes)
  const answers = new Map<number, FetchAnswer>()
  let unreadable = 0
  for (const [at, start] of starts.entries()) {
    reader.open(start, starts[at + 1] ?? bytes.length)
    try {
      const answer = readAnswer(reader)
      if (answer.uid) answers.set(answer.uid, { ...answers.get(answer.uid), ...answer })
    } catch (error) {
      if (!(error instanceof UnreadableAnswer)) throw error
      unreadable++
    }
  }
  return { answers, unreadable }
}

function readAnswer(reader: AnswerReader): FetchAnswer {
  const answer: FetchAnswer = {}
  // `* 12 FETCH`
  for (let word = 0; word < 3; word++) {
    reader.atom()
    reader.skipSpaces()
  }
  reader.expect(byte.open)
  for (;;) {
    reader.skipSpaces()
    if (reader.take(byte.close)) return answer
    const name = reader.itemName()
    if (name === '') reader.fail('no item')
    reader.skipSpaces()
    readItem(reader, name, answer)
  }
}

function readItem(reader: AnswerReader, name: string, answer: FetchAnswer): void {
  switch (name) {
    case 'UID':
      answer.uid = reader.number()
      break
    case 'FLAGS':
      answer.flags = reader.texts()
      break
    case 'INTERNALDATE':
      answer.internalDate = reader.text()
      break
    case 'RFC822.SIZE':
      answer.size = Number(reader.text()) || 0
      break
    case 'MODSEQ':
      setDecimal(answer, reader.texts()[0])
      break
    case 'EMAILID':
    case 'X-GM-MSGID':
      answer.emailId = reader.texts()[0] ?? null
      break
    case 'THREADID':
    case 'X-GM-THRID':
      answer.threadId = reader.texts()[0] ?? null
      break
    case 'X-GM-LABELS':
      answer.labels = reader.texts()
      break
    case 'ENVELOPE':
      setDefined(answer, 'envelope', readEnvelope(reader))
      break
    case 'BODYSTRUCTURE':
      setDefined(answer, 'leaves', readBodyLeaves(reader))
      break
    default:
      readSection(reader, name, answer)
  }
}

function readSection(reader: AnswerReader, name: string, answer: FetchAnswer): void {
  const section = /^BODY\[(.*)\](?:<\d+>)?$/s.exec(name)?.[1]
  if (section === undefined) {
    reader.skip()
    return
  }
  const content = reader.content()
  if (section.startsWith('HEADER')) answer.header = content
  else if (content) answer.sections = new Map([...(answer.sections ?? []), [section, content]])
}

function setDecimal(answer: FetchAnswer, value: string | undefined): void {
  if (value !== undefined && /^\d{1,20}$/.test(value)) answer.modseq = value
}

function setDefined<Name extends 'envelope' | 'leaves'>(
  answer: FetchAnswer,
  name: Name,
  value: FetchAnswer[Name],
): void {
  if (value !== undefined) answer[name] = value
}
