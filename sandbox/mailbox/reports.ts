import { addMinutes, ago, mailDate } from './clock.ts'
import { type Letter, type Mail, renderHeaders, writeLetter } from './letter.ts'
import type { Header } from './mime/header.ts'
import { messagePart, multipart, type Part, textPart } from './mime/part.ts'
import { alice, bob, type Person, person, suppliers } from './people.ts'
import { copiesOf } from './placement.ts'
import { prose } from './prose.ts'

const postmaster = person('Mail Delivery System', 'mailer-daemon@mail.ulti.example', 'UTC')

const bounceExplanation = prose`
  This is the mail system at mail.ulti.example.

  Your message could not be delivered to one recipient. The address may be
  misspelt; the details are below.

  <chloe.aubri@courriel.example>: host mx.courriel.example[192.0.2.25] said:
      550 5.1.1 User unknown (in reply to RCPT TO command)`

/** Mail about mail: a delivery status notification, a forwarded message, a disposition notification. */
export function writeReports(now: Date): Letter[] {
  const lost = writeLostMail(now)
  const timetable = writeTimetable(now)
  return [lost, writeBounce(lost, now), timetable, ...writeForward(timetable, now), writeReadReceipt(now)]
}

function writeLostMail(now: Date): Letter {
  const text = 'Bonjour Madame Aubry,\n\nLe livret de Zoé est prêt, vous pouvez passer le prendre.\n\nAlice Martin'
  const mail: Mail = {
    key: 'lost',
    sentAt: ago(now, '4d 10:00'),
    from: alice,
    to: [person('Chloé Aubry', 'chloe.aubri@courriel.example')],
    subject: 'Livret scolaire de Zoé',
    text,
    body: textPart(`${text}\n`),
  }
  return writeLetter(mail, copiesOf(mail, now))
}

/** RFC 6522 multipart/report with the machine-readable part of RFC 3464. */
function writeBounce(lost: Letter, now: Date): Letter {
  const sentAt = addMinutes(lost.sentAt, 1)
  const status = deliveryStatus(lost)
  const original: Header[] = [
    ['From', 'Alice Martin <alice@ulti.example>'],
    ['Subject', 'Livret scolaire =?utf-8?Q?de_Zo=C3=A9?='],
    ['Message-ID', `<${lost.id}>`],
  ]
  const mail: Mail = {
    key: 'bounce',
    sentAt,
    from: postmaster,
    to: [alice],
    subject: 'Undelivered Mail Returned to Sender',
    body: multipart(
      'report',
      [
        textPart(`${bounceExplanation}\n`),
        rawPart('message/delivery-status', Buffer.from(`${status}\n`.replace(/\n/g, '\r\n'))),
        rawPart('text/rfc822-headers', renderHeaders(original)),
      ],
      ['report-type=delivery-status'],
    ),
    answers: lost,
    headers: [['Auto-Submitted', 'auto-replied']],
  }
  return writeLetter(mail, copiesOf(mail, now))
}

/** RFC 3464 §2: fields of the message, an empty line, fields of the one recipient. */
function deliveryStatus(lost: Letter): string {
  return prose`
    Reporting-MTA: dns; mail.ulti.example
    X-Queue-ID: 4Vb7Qm2kXz
    Arrival-Date: ${mailDate(lost.sentAt, 'UTC')}

    Final-Recipient: rfc822; chloe.aubri@courriel.example
    Action: failed
    Status: 5.1.1
    Remote-MTA: dns; mx.courriel.example
    Diagnostic-Code: smtp; 550 5.1.1 User unknown`
}

function writeTimetable(now: Date): Letter {
  const text = 'Bonjour,\n\nLe départ est avancé à 7 h 45 en raison des travaux du pont.\n\nAutocars Mistral'
  const mail: Mail = {
    key: 'timetable',
    sentAt: ago(now, '22d 08:05'),
    from: suppliers.coach,
    to: [alice],
    subject: 'Changement d’horaire : départ à 7 h 45',
    text,
    body: textPart(`${text}\n`),
  }
  return writeLetter(mail, copiesOf(mail, now))
}

/** Alice passes her copy on to Bob, whole. */
function writeForward(original: Letter, now: Date): Letter[] {
  return original.copies.map((copy) => {
    const text = 'Bob, tu peux afficher ceci sur les écrans du hall ? Merci !\n\nAlice'
    const mail: Mail = {
      key: 'forward',
      sentAt: ago(now, '22d 08:30'),
      from: alice,
      to: [bob],
      subject: `Fwd: ${original.subject}`,
      text,
      body: multipart('mixed', [textPart(`${text}\n`), messagePart(original.raw(copy), 'Changement d’horaire.eml')]),
    }
    return writeLetter(mail, copiesOf(mail, now))
  })
}

/** RFC 8098: Alice's mail was shown to a parent. */
function writeReadReceipt(now: Date): Letter {
  const reader: Person = person('Étienne Lefèvre', 'etienne@lefevre-maison.example')
  const notification = prose`
    Reporting-UA: lefevre-maison.example; Microsoft Outlook 16.0
    Final-Recipient: rfc822;etienne@lefevre-maison.example
    Original-Message-ID: <a-mail-long-deleted@ulti.example>
    Disposition: manual-action/MDN-sent-manually; displayed`
  const mail: Mail = {
    key: 'read receipt',
    sentAt: ago(now, '28d 19:44'),
    from: reader,
    to: [alice],
    subject: 'Lu : Règlement de la cour',
    body: multipart(
      'report',
      [
        textPart('Votre message a été affiché.\n'),
        rawPart('message/disposition-notification', Buffer.from(`${notification}\n`.replace(/\n/g, '\r\n'))),
      ],
      ['report-type=disposition-notification'],
    ),
  }
  return writeLetter(mail, copiesOf(mail, now))
}

function rawPart(type: string, body: Buffer): Part {
  return { headers: [['Content-Type', type]], body }
}
