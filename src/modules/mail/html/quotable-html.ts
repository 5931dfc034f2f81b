import { newId } from '#platform/ids.ts'
import type { MessagePart } from '../sync/body-parts.ts'
import { sanitizeMessageHtml } from './html-sanitizer.ts'
import { presentHtml } from './present-html.ts'

/** The HTML of a message as one writes on with it, and the images of the message that it shows, by their new ids. */
export type QuotableHtml = { html: string; images: Map<MessagePart, string> }

/**
 * Harmless HTML whose images are asked for by new Content-IDs: those of the message may be those of another one that
 * is quoted along with it. Images from elsewhere are not loaded while one writes; they are back in what is sent.
 */
export function quotableHtml(html: string, parts: readonly MessagePart[]): QuotableHtml {
  const images = new Map<MessagePart, string>()
  const inlinePart = (contentId: string) => {
    const image = parts.find((part) => part.cid === contentId && part.type.startsWith('image/'))
    if (!image) return undefined
    const id = images.get(image) ?? `${newId()}@inline`
    images.set(image, id)
    return id
  }
  const clean = sanitizeMessageHtml(html, { scope: `q${newId().replaceAll('-', '')}`, inlinePart })
  return { html: presentHtml(clean.html, { inline: (id) => `cid:${id}` }), images }
}
