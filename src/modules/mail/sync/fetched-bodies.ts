import { type AnswerBytes, readAnswers } from '#integrations/imap/fetch/fetch-answer.ts'
import { type BodyColumns, bodyColumns, type HtmlColumns, htmlColumns } from './body-columns.ts'
import { decodeText, type MessagePart, maxPartBytes } from './body-parts.ts'
import { type FetchedBody, headerOf, indexedBody } from './indexed-body.ts'

/** A message of which text parts were fetched. */
export type FetchedMessage = {
  id: string
  uid: number
  text: MessagePart | undefined
  html: MessagePart | undefined
  subject: string
  from_name: string
  from_email: string
  /** JSON. */
  recipients: string
}

/** Bodies that were read, by the ids of their messages, and as they are stored. */
export type ReadBodies<Columns> = {
  ids: string[]
  columns: Columns
  /** UIDs of messages whose text says nothing: their HTML is needed, too. */
  blank: number[]
}

/** Nobody pads a text that says nothing beyond this. */
const maxBlankBytes = 4096

type Sections = ReadonlyMap<string, Buffer>

/** Makes of answers what is stored of bodies. CPU-heavy: to be done in a thread. */
export function readBodies(
  answers: readonly AnswerBytes[],
  messages: readonly FetchedMessage[],
): ReadBodies<BodyColumns> {
  const fetched = sectionsOf(answers)
  const blank: number[] = []
  const bodies = messages.flatMap((message) => {
    const sections = fetched.get(message.uid)
    if (!sections) return []
    const body = bodyOf(message, sections)
    if (body.isHtmlPending && isBlank(message, body)) {
      blank.push(message.uid)
      return []
    }
    return indexedBody(
      body,
      headerOf({
        ...message,
        name: message.from_name,
        email: message.from_email,
        recipients: JSON.parse(message.recipients),
      }),
    )
  })
  return { ids: bodies.map((body) => body.messageId), columns: bodyColumns(bodies), blank }
}

/** The same of HTML that was fetched after the text beside it. */
export function readHtml(
  answers: readonly AnswerBytes[],
  messages: readonly FetchedMessage[],
): ReadBodies<HtmlColumns> {
  const fetched = sectionsOf(answers)
  const bodies = messages.flatMap((message) => {
    const sections = fetched.get(message.uid)
    return sections ? bodyOf(message, sections) : []
  })
  return { ids: bodies.map((body) => body.messageId), columns: htmlColumns(bodies), blank: [] }
}

function sectionsOf(answers: readonly AnswerBytes[]): Map<number, Sections> {
  const sections = new Map<number, Sections>()
  for (const read of answers) {
    for (const [uid, answer] of readAnswers(read).answers) {
      if (answer.sections) sections.set(uid, new Map([...(sections.get(uid) ?? []), ...answer.sections]))
    }
  }
  return sections
}

function bodyOf({ id, text, html }: FetchedMessage, fetched: Sections): Required<FetchedBody> {
  return {
    messageId: id,
    text: decoded(fetched, text),
    html: decoded(fetched, html),
    isTruncated: [text, html].some((part) => part !== undefined && part.size > maxPartBytes),
    isHtmlPending: html !== undefined && !fetched.has(sectionOf(html)),
  }
}

/** A text of nothing but blanks, as some newsletters have: what there is to read is in the HTML. */
const isBlank = ({ text, html }: FetchedMessage, body: FetchedBody) =>
  text !== undefined && html !== undefined && text.size <= maxBlankBytes && body.text !== null && !body.text.trim()

const sectionOf = (part: MessagePart) => part.part.toUpperCase()

function decoded(fetched: Sections, part: MessagePart | undefined): string | null {
  const bytes = part && fetched.get(sectionOf(part))
  return part && bytes ? decodeText(bytes, part) : null
}
