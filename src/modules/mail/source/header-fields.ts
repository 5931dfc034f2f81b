import libmime from 'libmime'
import { cleanLine } from '../sync/clean-text.ts'
import { type HeaderField, headerFields } from '../view/header-fields.ts'

/** Of a header, bytes that are fetched and read. */
export const maxHeaderBytes = 64 * 1024
const maxValueLength = 8192

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** The fields of a header in their order, encoded words decoded (RFC 2047). Never throws: what is no field is left out. */
export const headerFieldsOf = (header: Buffer): HeaderField[] =>
  headerFields(textOf(header.subarray(0, maxHeaderBytes)))
    .filter(({ name }) => /^[!-9;-~]{1,76}$/.test(name))
    .map(({ name, value }) => ({ name, value: cleanLine(decodedWords(value), maxValueLength) }))

/** Raw UTF-8 is allowed by now (RFC 6532); what is none is taken for Latin-1, which shows most of it. */
function textOf(header: Buffer): string {
  try {
    return utf8.decode(header)
  } catch {
    return header.toString('latin1')
  }
}

function decodedWords(value: string): string {
  try {
    return libmime.decodeWords(value)
  } catch {
    return value
  }
}
