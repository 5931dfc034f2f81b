import { decodeText } from '../sync/decode-text.ts'
import type { TnefContent } from './tnef.ts'

/** What of a message is fetched for its view only: kept with its body. */
export type MessageDetails = {
  /** The fields of `viewedHeaders`, as they came. */
  header_fields: string
  /** Its invitation, by the part that holds it. */
  calendar: { part: string; text: string } | null
  /** What is in its parts of the form that Outlook calls winmail.dat. */
  tnef: Array<TnefContent & { part: string }>
}

const maxHeaderLength = 64_000

/** Those of a message without an invitation and a winmail.dat. */
export const detailsOfHeader = (header: Buffer): MessageDetails => ({
  header_fields: decodeText(header, { encoding: '8bit', charset: 'utf-8' }).slice(0, maxHeaderLength),
  calendar: null,
  tnef: [],
})
