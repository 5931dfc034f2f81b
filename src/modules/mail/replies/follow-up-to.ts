import libmime from 'libmime'
import addressparser from 'nodemailer/lib/addressparser'
import type { Mailbox } from '../outbox/compose.ts'
import { cleanLine } from '../sync/clean-text.ts'

/** As many as a message has recipients. */
const maxAddresses = 500

/** Where an answer to all is to go, of a header that may have any fields or none. */
export function readFollowUpTo(header: Buffer): Mailbox[] {
  const unfolded = header.toString('utf8').replaceAll(/\r?\n(?=[ \t])/g, '')
  const [, value = ''] = /^mail-followup-to:(.*)$/im.exec(unfolded) ?? []
  const addresses = addressparser(value, { flatten: true }).slice(0, maxAddresses)
  return addresses.flatMap(({ name, address }) =>
    address ? [{ name: cleanLine(libmime.decodeWords(name ?? ''), 200), email: cleanLine(address, 320) }] : [],
  )
}
