import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { addressList, headerField, type Mailbox, messageIds, oneLine, unstructured } from './header-values.ts'
import { type FilePart, filePart, isEightBit, multipart, type Part, streamPart, textPart } from './mime-part.ts'
import { textOfHtml } from './text-of-html.ts'

export { type Mailbox, oneLine }

/** A letter as its writer means it. */
export type Letter = {
  /** With its angle brackets (RFC 5322 §3.6.4), as are `inReplyTo` and `references`. */
  messageId: string
  date: Date
  from: Mailbox
  replyTo?: readonly Mailbox[]
  to: readonly Mailbox[]
  cc: readonly Mailbox[]
  /** Only in a draft for its writer's own mailbox: what is sent has it in the envelope alone. */
  bcc?: readonly Mailbox[]
  subject: string
  /** Derived from `html` when absent. */
  text?: string | undefined
  html?: string | undefined
  inReplyTo?: string | undefined
  references: readonly string[]
  /** More forms of the same letter, such as `text/calendar; method=REPLY`. */
  alternatives?: readonly { contentType: string; content: string }[]
  /** Images with a Content-ID that the HTML shows lie within it. */
  files?: readonly Omit<FilePart, 'disposition'>[]
  /** More header fields, by names of ours. */
  headers?: Readonly<Record<string, string>>
}

/**
 * The letter as MIME with CRLF line ends, lines short enough and ASCII only (but for addresses that are not), so that
 * every server passes it on unchanged. No member can add a header: line ends in them become spaces.
 */
export const composeMime = (letter: Letter): Promise<Buffer> => buffer(streamMime(letter).content)

export type ComposedMessage = {
  /** RFC 5322, streamed: files are read one after the other. */
  content: Readable
  /** It holds bytes beyond ASCII outside of addresses: servers are to be told so (RFC 6152). */
  isEightBit: boolean
}

/** The same as a stream, whose failure is that of a file. */
export function streamMime(letter: Letter): ComposedMessage {
  const root = rootPart(letter)
  const bytes = async function* () {
    yield Buffer.from(headerOf(letter))
    yield* streamPart(root)
  }
  return { content: Readable.from(bytes(), { objectMode: false }), isEightBit: isEightBit(root) }
}

function rootPart(letter: Letter): Part {
  const { html, files = [] } = letter
  const isShown = ({ contentType, contentId }: { contentType: string; contentId?: string | undefined }) =>
    html !== undefined && contentType.startsWith('image/') && contentId !== undefined && shows(html, contentId)
  const body = bodyPart(letter, files.filter(isShown))
  const attached = files
    .filter((file) => !isShown(file))
    .map((file) => filePart({ ...file, disposition: 'attachment' }))
  return attached.length === 0 ? body : multipart('mixed', [body, ...attached])
}

/** A new Message-ID in the sender's own domain. `id` makes it unique. */
export const messageIdOf = (id: string, senderEmail: string): string =>
  `<${id}@${senderEmail.slice(senderEmail.lastIndexOf('@') + 1)}>`

/** All fields but those that say what the content is. */
function headerOf(letter: Letter): string {
  const { inReplyTo, headers = {} } = letter
  const fields = {
    From: addressList([letter.from]),
    'Reply-To': addressList(letter.replyTo ?? []),
    To: addressList(letter.to),
    Cc: addressList(letter.cc),
    Bcc: addressList(letter.bcc ?? []),
    Subject: unstructured(letter.subject),
    'Message-ID': letter.messageId,
    Date: letter.date.toUTCString().replace('GMT', '+0000'),
    'In-Reply-To': messageIds(inReplyTo === undefined ? [] : [inReplyTo]),
    References: messageIds(letter.references),
    'MIME-Version': '1.0',
    ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, unstructured(value)])),
  }
  const present = Object.entries(fields).filter(([, value]) => value !== '')
  return present.map(([name, value]) => `${headerField(name, value)}\r\n`).join('')
}

/** RFC 2046 §5.1.4: the plainest form first, the best last. */
function bodyPart(letter: Letter, images: readonly Omit<FilePart, 'disposition'>[]): Part {
  const { html, text = html === undefined ? '' : textOfHtml(html), alternatives = [] } = letter
  const forms = [
    textPart('text/plain; charset=utf-8', text),
    ...(html === undefined ? [] : [htmlPart(html, images)]),
    ...alternatives.map(({ contentType, content }) => textPart(withCharset(contentType), content)),
  ]
  const [only] = forms
  return forms.length === 1 && only ? only : multipart('alternative', forms)
}

/** RFC 2387. */
function htmlPart(html: string, images: readonly Omit<FilePart, 'disposition'>[]): Part {
  const page = textPart('text/html; charset=utf-8', html)
  if (images.length === 0) return page
  return multipart('related; type="text/html"', [
    page,
    ...images.map((image) => filePart({ ...image, disposition: 'inline' })),
  ])
}

/** RFC 2392: the id in a cid URL may be percent-encoded. */
const shows = (html: string, contentId: string): boolean =>
  html.includes(`cid:${contentId}`) || html.includes(`cid:${encodeURIComponent(contentId)}`)

const withCharset = (contentType: string): string =>
  /;\s*charset=/i.test(contentType) ? contentType : `${contentType}; charset=utf-8`
