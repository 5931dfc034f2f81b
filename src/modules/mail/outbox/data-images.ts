import { createHash } from 'node:crypto'

export type DataImage = { contentId: string; contentType: string; filename: string; content: Buffer }

const dataImage = /(<img\b[^<>]*?\ssrc=)(["'])data:(image\/(?:png|jpe?g|gif|webp));base64,([a-z\d+/=\s]+)\2/gi

/**
 * Takes pictures out of the addresses of a page, where editors put those that are pasted: most mail programs show none
 * that come in this way. The same picture has the same Content-ID wherever it is.
 */
export function extractDataImages(html: string): { html: string; images: DataImage[] } {
  const images = new Map<string, DataImage>()
  const extracted = html.replace(dataImage, (_, start: string, quote: string, type: string, base64: string) => {
    const content = Buffer.from(base64, 'base64')
    const contentType = type.toLowerCase().replace('jpg', 'jpeg')
    const contentId = `${createHash('sha256').update(content).digest('hex').slice(0, 32)}@inline`
    const filename = `image-${images.size + 1}.${contentType.slice('image/'.length)}`
    if (!images.has(contentId)) images.set(contentId, { contentId, contentType, filename, content })
    return `${start}${quote}cid:${contentId}${quote}`
  })
  return { html: extracted, images: [...images.values()] }
}
