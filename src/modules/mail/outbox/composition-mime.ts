import { Readable } from 'node:stream'
import { AppError } from '#platform/errors.ts'
import type { Objects } from '#platform/objects/objects.ts'
import { presentHtml } from '../html/present-html.ts'
import { type ComposedMessage, type Letter, streamMime } from './compose.ts'
import type { Composition, CompositionAttachment } from './composition.ts'
import { extractDataImages } from './data-images.ts'
import { formOfMessage } from './enclosed-message.ts'
import type { FilePart } from './mime-part.ts'

/** What a composition is given when it becomes a message. `Bcc` is never one of its headers. */
export type Stamp = { messageId: string; date: Date }

/**
 * The MIME of a composition, without its blind copies.
 * @throws AppError `mail.attachment_gone`, from here or from the stream, for a file that is no longer stored.
 */
export async function composeComposition(
  objects: Objects,
  composition: Composition,
  stamp: Stamp,
): Promise<ComposedMessage> {
  return streamMime(await letterOf(objects, composition, stamp))
}

/** The MIME of a draft for its writer's own mailbox, blind copies and all. @throws as `composeComposition`. */
export async function composeDraft(objects: Objects, composition: Composition, stamp: Stamp): Promise<ComposedMessage> {
  return streamMime({ ...(await letterOf(objects, composition, stamp)), bcc: composition.bcc })
}

async function letterOf(objects: Objects, composition: Composition, stamp: Stamp): Promise<Letter> {
  const files: Omit<FilePart, 'disposition'>[] = []
  for (const attachment of composition.attachments) files.push(await fileOf(objects, attachment))
  const { from, replyTo, to, cc, subject, text, inReplyTo, references, parts, headers = {} } = composition
  const letter = { ...stamp, from, replyTo, to, cc, subject, text, inReplyTo, references, headers, alternatives: parts }
  if (composition.html === undefined) return { ...letter, files }
  const { html, images } = extractDataImages(withRemoteImages(composition.html))
  return { ...letter, html, files: [...images, ...files] }
}

async function fileOf(objects: Objects, attachment: CompositionAttachment): Promise<Omit<FilePart, 'disposition'>> {
  const { filename, contentType, contentId } = attachment
  const open = () => readObject(objects, attachment)
  const file = { filename, contentType, contentId, content: open() }
  // RFC 2046 §5.1: of composite types only whole messages are attached as what they are.
  if (contentType !== 'message/rfc822') return /^(multipart|message)\//.test(contentType) ? asBytes(file) : file
  const form = await formOfMessage(Readable.from(open(), { objectMode: false }))
  return form === 'binary' ? asBytes(file) : { ...file, encoding: form }
}

const asBytes = (file: Omit<FilePart, 'disposition'>) => ({ ...file, contentType: 'application/octet-stream' })

async function* readObject(objects: Objects, { object, filename }: CompositionAttachment): AsyncGenerator<Buffer> {
  const found = await objects.get(object)
  if (!found) {
    throw new AppError(
      'conflict',
      'mail.attachment_gone',
      `The attachment "${filename}" is no longer stored here; take it off, or attach it again.`,
    )
  }
  yield* found.content as AsyncIterable<Buffer>
}

/** What a quoted message shows from elsewhere is not loaded while one writes, and is there for those who get it. */
const withRemoteImages = (html: string): string =>
  presentHtml(html, { inline: (part) => `cid:${part}`, remote: (address) => address })
