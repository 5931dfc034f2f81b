import { detectMimeType } from 'nodemailer/lib/mime-funcs'
import { cleanLine } from '../sync/clean-text.ts'

/** The name of a file without the path that some browsers send along. */
export const filenameOf = (name: string | undefined): string =>
  cleanLine((name ?? '').replace(/^.*[/\\]/s, ''), 255) || 'attachment'

const unknownType = 'application/octet-stream'

/**
 * A media type without parameters. Composite ones (RFC 2046 §5) are bytes here, but for whole messages: what claims to
 * be in parts would be read as parts of the message that it is attached to.
 */
export function contentTypeOf(type: string | undefined, filename: string): string {
  const [essence = ''] = (type ?? '').toLowerCase().split(';')
  const given = essence.trim()
  if (!/^[\w!#$&^.+-]{1,100}\/[\w!#$&^.+-]{1,100}$/.test(given) || given === unknownType) return byName(filename)
  return /^(multipart|message)\/(?!rfc822$)/.test(given) ? unknownType : given
}

const byName = (filename: string): string => (filename.includes('.') ? detectMimeType(filename) : unknownType)
