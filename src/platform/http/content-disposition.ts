const fallbackName = 'attachment'

/**
 * A Content-Disposition that saves a file under its name, whatever that is: RFC 6266 §5 with the encoded form of
 * RFC 8187 §3.2 for clients that know it and plain ASCII for the others. Paths, control characters and those that turn
 * text around (`gnp.exe` shown as `exe.png`) do not survive.
 */
export function attachmentDisposition(filename: string | null): string {
  const name = harmlessName(filename ?? '')
  const ascii = name.replaceAll(/[^\x20-\x7e]|["\\%]/g, '_')
  if (ascii === name) return `attachment; filename="${name}"`
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encodeExtended(name)}`
}

export function harmlessName(filename: string): string {
  const name = filename
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '')
    .replaceAll(/[/\\:]/g, '_')
    .replace(/^[.\s]+/, '')
    .slice(0, 200)
    .toWellFormed()
    .trim()
  return name || fallbackName
}

/** RFC 8187 §3.2.1: attr-char excludes what encodeURIComponent leaves alone of `'()*`. */
const encodeExtended = (name: string) =>
  encodeURIComponent(name).replaceAll(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )

const token = /^[\w!#$&^.+-]{1,100}\/[\w!#$&^.+-]{1,100}$/
/** Types that a browser runs as a page of this site when it opens them. */
const active =
  /^(text\/(html|xml|javascript|xsl|cache-manifest)|(application|image)\/(.*\+xml|xml|xhtml.*|javascript|ecmascript|.*-javascript|.*-shockwave-flash))$/

/** The type to declare for a part: its own, unless a browser could run it or it is no type at all. */
export function harmlessContentType(given: string, charset: string | null): string {
  // Types are compared without case (RFC 9110 §8.3.1), by browsers too.
  const type = given.toLowerCase()
  const isFit = token.test(type) && !active.test(type) && !type.startsWith('multipart/')
  if (!isFit) return 'application/octet-stream'
  return type.startsWith('text/') && charset && /^[\w.:-]{1,60}$/.test(charset) ? `${type}; charset=${charset}` : type
}
