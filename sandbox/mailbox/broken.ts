import { ago, mailDate } from './clock.ts'
import { handmadeLetter, latin1Lines } from './handmade.ts'
import { type Letter, messageId } from './letter.ts'
import type { Header } from './mime/header.ts'
import { maxLineBytes } from './mime/transfer-encoding.ts'
import { type DemoUser, type Person, person } from './people.ts'

type BrokenMail = {
  key: string
  user: DemoUser
  age: string
  subject: string
  contentType: string
  encoding: string
  body: Buffer
}

const gateway: Person = person('Fax gateway', 'fax@old-gateway.example', 'UTC')

const brokenMails: readonly BrokenMail[] = [
  {
    key: 'no end',
    user: 'alice',
    age: '7d 16:16',
    subject: 'Fax 1: the closing boundary never came',
    contentType: 'multipart/mixed; boundary="lost-in-transit"',
    encoding: '7bit',
    body: latin1Lines(
      '--lost-in-transit',
      'Content-Type: text/plain',
      '',
      'The text is complete.',
      '--lost-in-transit',
      'Content-Type: image/png; name="page1.png"',
      'Content-Transfer-Encoding: base64',
      '',
      'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk',
    ),
  },
  {
    key: 'lying charset',
    user: 'alice',
    age: '7d 16:18',
    subject: 'Fax 2: says utf-8, is windows-1252',
    contentType: 'text/plain; charset=utf-8',
    encoding: '8bit',
    body: latin1Lines('Les \xe9l\xe8ves \x93pr\xe9par\xe9s\x94 arrivent \xe0 No\xebl.'),
  },
  {
    key: 'garbage',
    user: 'alice',
    age: '7d 16:20',
    subject: 'Fax 3: base64 with holes',
    contentType: 'multipart/mixed; boundary=x',
    encoding: 'base64',
    body: latin1Lines(
      '--x',
      'Content-Type: application/pdf; name=fax.pdf',
      'Content-Transfer-Encoding: base64',
      '',
      'JVBERi0xLjQK####????JcOkw7zDtsOfCjIg!!',
      'not base64 at all \xff\xfe\x01',
      '=',
      '--x--',
    ),
  },
  {
    key: 'unknown charset',
    user: 'bob',
    age: '7d 16:22',
    subject: 'Fax 4: a charset that nobody knows',
    contentType: 'text/plain; charset="x-fax-cp0815"; charset=latin-nine; format=',
    encoding: 'x-uuencode-ish',
    body: latin1Lines('What encoding is this? =3D =ZZ =', 'Nobody knows.'),
  },
  {
    key: 'long line',
    user: 'bob',
    age: '7d 16:24',
    subject: 'Fax 5: one very long line',
    contentType: 'text/plain',
    encoding: '7bit',
    body: latin1Lines('paper jam '.repeat(Math.ceil((maxLineBytes * 3) / 10))),
  },
]

/** Mails that break the standards on purpose. A reader must show what can be shown, and never fail. */
export function writeBrokenMails(now: Date): Letter[] {
  return brokenMails.map((broken) => {
    const sentAt = ago(now, broken.age)
    const id = messageId(broken.key, gateway)
    const headers: Header[] = [
      ['Date', mailDate(sentAt, 'UTC')],
      ['From', 'Fax gateway <fax@old-gateway.example>'],
      ['To', `${broken.user}@ulti.example`],
      ['Subject', broken.subject],
      ['Message-ID', `<${id}>`],
      ['MIME-Version', '1.0'],
      ['Content-Type', broken.contentType],
      ['Content-Transfer-Encoding', broken.encoding],
    ]
    const mail = { id, sentAt, from: gateway, subject: broken.subject, headers, body: broken.body, isMalformed: true }
    return handmadeLetter(mail, { user: broken.user, folder: 'INBOX', flags: ['\\Seen'] })
  })
}
