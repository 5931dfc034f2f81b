import { addDays, ago } from './clock.ts'
import { calendarFile } from './files/documents.ts'
import { type Meeting, meetingFile, meetingReply, meetingRequest } from './files/icalendar.ts'
import { type Letter, type Mail, writeLetter } from './letter.ts'
import { multipart, type Part, textPart } from './mime/part.ts'
import { alice, bob, carol, type Person } from './people.ts'
import { copiesOf } from './placement.ts'
import { prose } from './prose.ts'

const boardText = prose`
  Bonjour,

  Vous êtes invités au conseil d'école, dans la salle du conseil, à la mairie.
  Ordre du jour : cour de récréation, cantine, questions diverses (et brioche).

  Carol Duarte`

const newsText = prose`
  Dear all,

  the museum evening is on. The file below puts it into your calendar.

  Museum on the Quay`

/** An invitation of Carol's, the answers to it (RFC 6047), and a calendar file from a stranger. */
export function writeMeetingMails(now: Date): Letter[] {
  const invitedAt = ago(now, '3d 09:20')
  const start = addDays(ago(now, '1d 16:00'), 8)
  const meeting: Meeting = {
    uid: 'conseil-ecole-4c1e@ulti.example',
    summary: 'Conseil d’école des Tilleuls',
    location: 'Salle du conseil, mairie de Valbourg',
    description: 'Ordre du jour : cour de récréation; cantine; questions diverses, et brioche.\nDurée : deux heures.',
    start,
    minutes: 120,
    organizer: carol,
    attendees: [alice, bob],
  }
  const invitation = writeInvitation(meeting, invitedAt, now)
  return [
    invitation,
    writeAcceptance(meeting, alice, invitation, '3d 09:48', now),
    writeAcceptance(meeting, bob, invitation, '2d 07:30', now),
    writeMuseumEvening(now),
  ]
}

function writeInvitation(meeting: Meeting, sentAt: Date, now: Date): Letter {
  const mail: Mail = {
    key: 'invitation',
    sentAt,
    from: carol,
    to: [alice, bob],
    subject: `Invitation : ${meeting.summary}`,
    text: boardText,
    body: multipart('alternative', [
      textPart(`${boardText}\n`),
      textPart(`<p>${boardText.replace(/\n\n/g, '</p>\n<p>')}</p>\n`, { subtype: 'html' }),
      calendarPart('REQUEST', meetingRequest(meeting, sentAt)),
    ]),
  }
  return writeLetter(mail, copiesOf(mail, now, { isStarred: true, folder: 'INBOX' }))
}

function writeAcceptance(meeting: Meeting, attendee: Person, invitation: Letter, age: string, now: Date): Letter {
  const sentAt = ago(now, age)
  const mail: Mail = {
    key: `acceptance ${attendee.address}`,
    sentAt,
    from: attendee,
    to: [carol],
    subject: `Accepté : ${meeting.summary}`,
    body: multipart('alternative', [
      textPart(`${attendee.name} a accepté cette invitation.\n`),
      calendarPart('REPLY', meetingReply(meeting, attendee, sentAt)),
    ]),
    answers: invitation,
  }
  return writeLetter(mail, copiesOf(mail, now))
}

function writeMuseumEvening(now: Date): Letter {
  const sentAt = ago(now, '16d 12:00')
  const museum = { name: 'Museum on the Quay', address: 'events@museum-quay.example', timeZone: 'Europe/London' }
  const evening: Meeting = {
    uid: 'late-opening-77@museum-quay.example',
    summary: 'Museum after dark 🌙',
    location: 'Museum on the Quay, north entrance',
    description: 'Torches are provided.',
    start: addDays(sentAt, 30),
    minutes: 180,
    organizer: museum,
    attendees: [],
  }
  const file = calendarFile('museum-evening.ics', meetingFile(evening, sentAt))
  const attached: Part = {
    headers: [
      ['Content-Type', `${file.type}; name="${file.name}"`],
      ['Content-Disposition', `attachment; filename="${file.name}"`],
      ['Content-Transfer-Encoding', '8bit'],
    ],
    body: file.content,
  }
  const mail: Mail = {
    key: 'museum',
    sentAt,
    from: museum,
    to: [alice],
    cc: [carol],
    subject: 'Museum after dark: save the date',
    body: multipart('mixed', [textPart(`${newsText}\n`), attached]),
  }
  return writeLetter(mail, copiesOf(mail, now))
}

function calendarPart(method: string, calendar: string): Part {
  return textPart(calendar, {
    subtype: 'calendar',
    charset: 'utf-8',
    parameters: [`method=${method}`],
    encoding: 'base64',
  })
}
