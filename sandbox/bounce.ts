import { randomUUID } from 'node:crypto'

export type Bounce = {
  /** Who sent the message and gets this notification. */
  to: string
  /** Nobody's addresses. */
  recipients: string[]
  /** The message that could not be delivered. */
  raw: Buffer
  now: Date
}

/** A delivery status notification (RFC 3464): the addresses do not exist here. */
export function composeBounce({ to, recipients, raw, now }: Bounce): Buffer {
  const boundary = `bounce-${randomUUID()}`
  const header = originalHeader(raw)
  const messageId = /^message-id:\s*(<[^>\r\n]*>)/im.exec(header)?.[1]
  const isAscii = /^[\r\n\t\x20-\x7e]*$/.test(header + recipients.join(''))
  const encoding = `Content-Transfer-Encoding: ${isAscii ? '7bit' : '8bit'}`
  const lines = [
    'Return-Path: <>',
    'From: Mail Delivery System <mailer-daemon@ulti.example>',
    `To: <${to}>`,
    'Subject: Undelivered mail returned to sender',
    `Date: ${now.toUTCString().replace('GMT', '+0000')}`,
    `Message-ID: <${randomUUID()}@ulti.example>`,
    ...(messageId ? [`In-Reply-To: ${messageId}`, `References: ${messageId}`] : []),
    'Auto-Submitted: auto-replied',
    'MIME-Version: 1.0',
    `Content-Type: multipart/report; report-type=delivery-status; boundary="${boundary}"`,
    '',
    `--${boundary}`,
    'Content-Type: text/plain; charset=utf-8',
    encoding,
    '',
    'Your message could not be delivered to:',
    '',
    ...recipients.map((recipient) => `  ${recipient}`),
    '',
    'This sandbox delivers to alice, bob and carol @ulti.example only; no mail leaves this machine.',
    '',
    `--${boundary}`,
    `Content-Type: message/${isAscii ? '' : 'global-'}delivery-status`,
    encoding,
    '',
    'Reporting-MTA: dns; sandbox.ulti.example',
    `Arrival-Date: ${now.toUTCString().replace('GMT', '+0000')}`,
    ...recipients.flatMap((recipient) => ['', ...recipientFields(recipient)]),
    '',
    `--${boundary}`,
    `Content-Type: ${isAscii ? 'text/rfc822-headers' : 'message/global-headers'}`,
    encoding,
    '',
    header,
    '',
    `--${boundary}--`,
    '',
  ]
  return Buffer.from(lines.join('\r\n'))
}

const recipientFields = (recipient: string) => [
  // RFC 6533 §3: an address that isn't ASCII has a type of its own.
  `Final-Recipient: ${/^[\x20-\x7e]*$/.test(recipient) ? 'rfc822' : 'utf-8'}; ${recipient}`,
  'Action: failed',
  'Status: 5.1.1',
  'Diagnostic-Code: smtp; 550 5.1.1 No such user in this sandbox',
]

function originalHeader(raw: Buffer): string {
  const end = raw.indexOf('\r\n\r\n')
  return raw.subarray(0, end < 0 ? raw.length : end).toString('utf8')
}
