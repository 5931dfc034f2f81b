import { Transform, type TransformCallback } from 'node:stream'

/** An href's text begins here, whatever prefix its element has; text elsewhere is not ours to touch. */
const beforeHref = /(<(?:[\w.-]+:)?href(?:\s[^<>]*)?>\s*)/.source
const host = /(?:https?:\/\/[^/<>\s]+)?/.source

/** Held back at most: an href that is longer than that is none of ours. */
const maxHeld = 16 * 1024

/**
 * Changes what the hrefs of a DAV document begin with while it passes: `/cloud/remote.php/dav/…` to `/dav/…` and the other
 * way round. It works on bytes: what it looks for is ASCII, so text of any language passes as it is.
 */
export function rewriteHrefs(from: string, to: string): Transform {
  const pattern = hrefPattern(from)
  let held = ''
  return new Transform({
    transform(chunk: Buffer, _encoding, done: TransformCallback) {
      const text = held + chunk.toString('latin1')
      const cut = cutOf(text)
      held = text.slice(cut)
      done(null, Buffer.from(text.slice(0, cut).replace(pattern, `$1${to}`), 'latin1'))
    },
    flush(done: TransformCallback) {
      done(null, Buffer.from(held.replace(pattern, `$1${to}`), 'latin1'))
    },
  })
}

/** The same for a document at hand. */
export const rewriteHrefsOf = (document: string, from: string, to: string): string =>
  document.replace(hrefPattern(from), `$1${to}`)

/** The root itself, or what is below it; not a name that only begins alike. */
function hrefPattern(from: string): RegExp {
  const literal = from.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`${beforeHref}${host}${literal}(?=[/<])`, 'g')
}

/** Up to where all is there to decide: what comes after may be the beginning of an href's element and its text. */
function cutOf(text: string): number {
  const tag = text.lastIndexOf('<')
  if (tag < 0 || text.length - tag > maxHeld) return text.length
  return tag
}
