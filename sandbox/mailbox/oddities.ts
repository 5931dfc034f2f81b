import { ago, mailDate } from './clock.ts'
import { handmadeLetter, latin1Lines, utf8Lines } from './handmade.ts'
import { type Letter, type Mail, messageId, writeLetter } from './letter.ts'
import { textPart } from './mime/part.ts'
import { alice, bob, donal, helene, julien, karim, lena, type Person, person } from './people.ts'
import { copiesOf } from './placement.ts'

/** Far longer than a line, and foldable only at its spaces. */
const longSubject = Array.from({ length: 24 }, (_, index) => `point ${index + 1} de l'ordre du jour,`).join(' ')

/** Mails that programs stumble over although (but for one) nothing is wrong with them. */
export function writeOddities(now: Date): Letter[] {
  return [
    ...plainOddities(now),
    withoutSubject(now),
    withoutDate(now),
    rawEightBit(now),
    rawUtf8(now),
    flowed(now),
    ...duplicates(now),
  ]
}

function plainOddities(now: Date): Letter[] {
  const odd = (key: string, age: string, from: Person, subject: string, body: Mail['body']): Letter => {
    const mail: Mail = { key, sentAt: ago(now, age), from, to: [alice], subject, body }
    return writeLetter(mail, copiesOf(mail, now))
  }
  const html =
    '<html><body><h1>Menu</h1><ul><li>Soupe</li><li>Gratin</li><li>Compote de coings</li></ul></body></html>\n'
  return [
    odd('empty body', '6d 11:11', julien, 'Je t’appelle', textPart('')),
    odd('long subject', '12d 14:00', helene, longSubject, textPart('Voilà, tout est dans le sujet.\n')),
    odd('html only', '5d 10:30', karim, 'Menu de la semaine', textPart(html, { subtype: 'html' })),
    odd('text only', '5d 07:15', helene, 'Clefs', textPart('Sous le pot de lavande.\n')),
  ]
}

function withoutSubject(now: Date): Letter {
  const sentAt = ago(now, '2d 12:20')
  const headers = [
    ['Date', mailDate(sentAt, 'Europe/Paris')],
    ['From', 'Julien Perrot <julien.perrot@tilleuls.example>'],
    ['To', 'alice@ulti.example'],
    ['Message-ID', `<${messageId('no subject', julien)}>`],
  ] as const
  const mail = { id: messageId('no subject', julien), sentAt, from: julien, subject: '', headers }
  const body = latin1Lines('Tu as encore des marrons ?', '', 'Julien')
  return handmadeLetter({ ...mail, body }, { user: 'alice', folder: 'INBOX', flags: [] })
}

/** RFC 5322 §3.6 demands a Date; scanners and scripts forget it. The server's own date is all there is. */
function withoutDate(now: Date): Letter {
  const scanner = person('Scanner Lehrerzimmer', 'scanner@tilleuls.example')
  const headers = [
    ['From', 'Scanner Lehrerzimmer <scanner@tilleuls.example>'],
    ['To', 'alice@ulti.example'],
    ['Subject', 'Scan 0047'],
    ['Message-ID', `<${messageId('no date', scanner)}>`],
  ] as const
  const mail = {
    id: messageId('no date', scanner),
    sentAt: ago(now, '3d 15:05'),
    from: scanner,
    subject: 'Scan 0047',
    headers,
  }
  const body = latin1Lines('Pages: 2', 'Resolution: 300 dpi', 'The file is on the share "scans".')
  return handmadeLetter({ ...mail, body }, { user: 'alice', folder: 'INBOX', flags: ['\\Seen'] })
}

/** ISO-8859-1 bytes in headers without any encoding: forbidden, and sent by old web forms every day. */
function rawEightBit(now: Date): Letter {
  const form = person('Formulaire du site', 'www-data@association-petanque.example')
  const sentAt = ago(now, '19d 18:30')
  const headers = [
    ['Date', mailDate(sentAt, 'Europe/Paris')],
    ['From', '"Association de p\xe9tanque" <www-data@association-petanque.example>'],
    ['To', 'alice@ulti.example'],
    ['Subject', 'Pr\xeat du pr\xe9au pour la f\xeate'],
    ['Message-ID', `<${messageId('raw latin1', form)}>`],
    ['Content-Type', 'text/plain; charset=iso-8859-1'],
    ['Content-Transfer-Encoding', '8bit'],
  ] as const
  const body = latin1Lines('Pouvez-vous nous pr\xeater le pr\xe9au samedi ?', '', 'Le tr\xe9sorier')
  const mail = {
    id: messageId('raw latin1', form),
    sentAt,
    from: form,
    subject: 'Prêt du préau pour la fête',
    headers,
    body,
  }
  return handmadeLetter({ ...mail, isMalformed: true }, { user: 'alice', folder: 'INBOX', flags: ['\\Seen'] })
}

/** UTF-8 in headers as RFC 6532 allows between servers that speak SMTPUTF8. */
function rawUtf8(now: Date): Letter {
  const sentAt = ago(now, '13d 17:00')
  const subject = 'Sláinte! 🎻 Fiddle evening at the school'
  const bytes = (text: string) => Buffer.from(text).toString('latin1')
  const headers = [
    ['Date', mailDate(sentAt, 'Europe/Dublin')],
    ['From', bytes('Dónal Byrne <donal.byrne@scoil-na-tra.example>')],
    ['To', 'alice@ulti.example, bob@ulti.example'],
    ['Subject', bytes(subject)],
    ['Message-ID', `<${messageId('raw utf8', donal)}>`],
    ['MIME-Version', '1.0'],
    ['Content-Type', 'text/plain; charset=utf-8'],
    ['Content-Transfer-Encoding', '8bit'],
  ] as const
  const body = utf8Lines('Friday at eight. Bring a chair and, if you have one, a céilí.', '', 'Dónal')
  const mail = { id: messageId('raw utf8', donal), sentAt, from: donal, subject, headers, body }
  return handmadeLetter(mail, { user: 'alice', folder: 'INBOX', flags: ['\\Seen', '\\Flagged'] })
}

/** RFC 3676: a space at the end of a line joins it to the next, `>` marks depth, "-- " stays alone. */
function flowed(now: Date): Letter {
  const text = [
    '> Does anybody still send format=flowed? ',
    '> I thought it had died out.',
    '',
    'I do, and so does every second mail program on this list. A paragraph ',
    'such as this one is broken softly, so that a narrow screen may break it ',
    'elsewhere and a wide one not at all.',
    '',
    ' From the archives: a line that begins with "From" is stuffed with a space.',
    '',
    '-- ',
    'Lena',
    '',
  ].join('\n')
  const mail: Mail = {
    key: 'flowed',
    sentAt: ago(now, '30d 13:37'),
    from: lena,
    to: [alice, bob],
    subject: 'format=flowed is not dead',
    text,
    body: textPart(text, { charset: 'utf-8', encoding: '7bit', parameters: ['format=flowed', 'delsp=no'] }),
  }
  return writeLetter(mail, copiesOf(mail, now))
}

/** Two mails with one Message-ID: the second is no copy, it corrects the first. */
function duplicates(now: Date): Letter[] {
  const office = person('Inspection académique', 'circulaires@inspection.example')
  const send = (age: string, subject: string, room: string): Letter => {
    const text = `La réunion des directeurs a lieu jeudi à 14 h, ${room}.`
    const mail: Mail = {
      key: 'circular',
      sentAt: ago(now, age),
      from: office,
      to: [alice],
      subject,
      text,
      body: textPart(`${text}\n`),
    }
    return writeLetter(mail, [{ user: 'alice', folder: 'INBOX', flags: ['\\Seen'] }])
  }
  return [
    send('8d 09:00', 'Circulaire 14', 'salle Pasteur'),
    send('8d 09:20', 'Circulaire 14 (rectificatif)', 'salle Curie'),
  ]
}
