import { createWordIndex } from '#platform/words/word-index.ts'
import { cleanText, truncate } from './clean-text.ts'
import { previewOf } from './preview.ts'
import { readableText } from './readable-text.ts'

/** A body as it was fetched and decoded. */
export type FetchedBody = {
  messageId: string
  text: string | null
  html: string | null
  /** The server holds more than was fetched. */
  isTruncated: boolean
  /** The HTML was not fetched yet. A body that is complete by now is left as it is. */
  isHtmlPending?: boolean
}

/** Whom and what a message names: found with its text. */
export type IndexedHeader = { subject: string; people: readonly Person[] }
type Person = { name?: string | null; email?: string | null }

/** What the row of a message says of that. */
export type HeaderRow = { subject: string; name: string; email: string; recipients: Record<string, readonly Person[]> }

export const headerOf = ({ subject, name, email, recipients }: HeaderRow): IndexedHeader => ({
  subject,
  people: [{ name, email }, ...Object.values(recipients).flat()],
})

/** A body fit to be stored. */
export type IndexedBody = Required<FetchedBody> & {
  preview: string
  /** A tsvector in binary form. */
  words: Uint8Array
}

/** Characters kept of each form of a body. */
const maxBodyLength = 600_000
/** Characters of names and addresses that are indexed: lists of recipients may be long. */
const maxPeopleLength = 50_000

const index = createWordIndex()

/** Makes of a body what is stored of it. CPU-heavy: for many of them to be done in a thread. Never throws. */
export function indexedBody(body: FetchedBody, header: IndexedHeader): IndexedBody {
  const { messageId, isHtmlPending = false } = body
  const readable = readableText(body.text, body.html)
  index.add(Buffer.from(header.subject), 'A')
  addPeople(header.people)
  index.add(Buffer.from(truncate(readable, maxBodyLength)), 'C')
  return {
    ...{ messageId, isHtmlPending },
    text: keptText(body.text),
    html: keptText(body.html),
    isTruncated: body.isTruncated || isCut(body.text) || isCut(body.html),
    preview: previewOf(readable),
    words: index.finish(),
  }
}

function addPeople(people: readonly Person[]): void {
  let length = 0
  for (const { name, email } of people) {
    length += (name?.length ?? 0) + (email?.length ?? 0)
    if (length > maxPeopleLength) return
    if (name) index.add(Buffer.from(name), 'B')
    if (email) index.add(Buffer.from(email), 'B')
  }
}

/** As much of a text as is stored. */
export const keptText = (text: string | null): string | null =>
  text === null ? null : truncate(cleanText(text), maxBodyLength)

export const isCut = (text: string | null): boolean => (text?.length ?? 0) > maxBodyLength
