import { buffer } from 'node:stream/consumers'
import type { FilingRow } from './filing-store.ts'
import { addressList, headerField, oneLine, unstructured } from './header-values.ts'
import { fieldsPart, multipart, streamPart, textPart } from './mime-part.ts'
import type { OutboxRecipient } from './outbox-store.ts'

type Failed = Pick<FilingRow, 'id' | 'account_email' | 'message_id_header' | 'subject' | 'recipients' | 'sent_at'>

/** By which a notice is known again; see `isNoticeId`. */
export const noticeIdOf = ({ id, account_email }: Pick<Failed, 'id' | 'account_email'>): string =>
  `<${id}.notice@${account_email.slice(account_email.lastIndexOf('@') + 1)}>`

/** Whether a message is such a notice. */
export const isNoticeId = (messageIdHeader: string | null): boolean =>
  /^<[0-9a-f-]{36}\.notice@/.test(messageIdHeader ?? '')

/**
 * What its sender finds in the inbox of a message that did not reach everybody, in the form in which mail servers tell
 * it (RFC 3462, RFC 3464), so that every mail program shows it as that.
 */
export function failureNotice(failed: Failed, at: Date): Promise<Buffer> {
  const refused = failed.recipients.filter(({ state }) => state === 'refused')
  const header = [
    headerField('From', addressList([{ name: 'Undelivered mail', email: failed.account_email }])),
    headerField('To', failed.account_email),
    headerField('Subject', unstructured(`Not delivered: ${failed.subject || '(no subject)'}`)),
    headerField('Message-ID', noticeIdOf(failed)),
    headerField('Date', at.toUTCString().replace('GMT', '+0000')),
    headerField('In-Reply-To', failed.message_id_header),
    headerField('References', failed.message_id_header),
    headerField('Auto-Submitted', 'auto-generated'),
    'MIME-Version: 1.0',
  ]
  const report = multipart('report; report-type=delivery-status', [
    textPart('text/plain; charset=utf-8', textOf(failed, refused)),
    fieldsPart('message/delivery-status', statusOf(failed, refused, at)),
    textPart('text/rfc822-headers; charset=utf-8', originalHeader(failed)),
  ])
  const bytes = async function* () {
    yield Buffer.from(`${header.join('\r\n')}\r\n`)
    yield* streamPart(report)
  }
  return buffer(bytes())
}

function textOf({ subject, sent_at }: Failed, refused: readonly OutboxRecipient[]): string {
  const others = sent_at ? 'The others have got it.' : 'Nobody has got it.'
  const list = refused.map(({ email, response }) => `  ${email}\n    ${response ?? 'no answer'}\n`).join('\n')
  return (
    `Your message "${oneLine(subject)}" could not be delivered to:\n\n${list}\n${others}\n` +
    'You find it in the outbox, from where you can send it again or take it back as a draft.\n'
  )
}

/** RFC 3464 §2: fields of the message, then a group for each recipient. */
function statusOf({ id, account_email }: Failed, refused: readonly OutboxRecipient[], at: Date): string {
  const domain = account_email.slice(account_email.lastIndexOf('@') + 1)
  const groups = refused.map(({ email, response }) =>
    [
      `Final-Recipient: ${isAscii(email) ? 'rfc822' : 'utf-8'}; ${email}`,
      'Action: failed',
      `Status: ${statusCodeOf(response)}`,
      ...(response ? [`Diagnostic-Code: smtp; ${asciiOf(response)}`] : []),
      '',
    ].join('\n'),
  )
  const date = at.toUTCString().replace('GMT', '+0000')
  return `Reporting-MTA: dns; ${domain}\nOriginal-Envelope-Id: ${id}\nArrival-Date: ${date}\n\n${groups.join('\n')}`
}

const isAscii = (text: string): boolean => /^[\0-\x7f]*$/.test(text)
const asciiOf = (text: string): string => text.replaceAll(/[^\x20-\x7e]+/g, '?').slice(0, 500)

/** RFC 3463, as far as the server said one. */
const statusCodeOf = (response: string | null): string =>
  /^[45]\d\d[ -]([245]\.\d{1,3}\.\d{1,3})/.exec(response ?? '')?.[1] ?? '5.0.0'

const originalHeader = ({ subject, message_id_header }: Failed): string =>
  `${headerField('Subject', unstructured(subject))}\n${headerField('Message-ID', message_id_header)}\n`
