import { personalBody } from './body.ts'
import { addDays, addMinutes, minuteOfDay, onWorkday } from './clock.ts'
import { everydayPatterns } from './content/everyday.ts'
import { attribution } from './conversation.ts'
import { type Letter, type Mail, writeLetter } from './letter.ts'
import type { Charset } from './mime/charset.ts'
import type { Pattern, Topic } from './pattern.ts'
import { demoPeople } from './people.ts'
import { copiesOf } from './placement.ts'
import { wrap } from './prose.ts'
import { type Random, randomFor } from './random.ts'
import { chooseSlots, fillSlots, type Slots } from './slots.ts'

const usualCharsets: Record<Pattern['language'], readonly Charset[]> = {
  fr: ['utf-8', 'utf-8', 'utf-8', 'iso-8859-1', 'windows-1252', 'iso-8859-15'],
  de: ['utf-8', 'utf-8', 'iso-8859-1', 'windows-1252'],
  'en-GB': ['utf-8', 'utf-8', 'windows-1252'],
  es: ['utf-8', 'iso-8859-1', 'windows-1252'],
  pt: ['utf-8', 'iso-8859-1'],
  pl: ['utf-8', 'iso-8859-2'],
}

/** The bulk of the mailboxes: what schools, town halls and their computer rooms write all year. */
export function writeEverydayMails(now: Date): Letter[] {
  return everydayPatterns.flatMap((pattern) =>
    Array.from({ length: pattern.count }, (_, index) => writeMail(pattern, index, now)).flat(),
  )
}

/** One mail and, now and then, the answer to it. */
function writeMail(pattern: Pattern, index: number, now: Date): Letter[] {
  const key = `everyday ${pattern.key} ${index}`
  const random = randomFor(key)
  const sentAt = moment(pattern, now, random)
  const from = random.pick(pattern.senders)
  const slots = chooseSlots(pattern.language, from.name, sentAt, random)
  const topic = random.pick(pattern.topics)
  const text = fillSlots(words(pattern, topic, random), slots)
  const mail: Mail = {
    key,
    sentAt,
    from,
    to: [demoPeople[pattern.to]],
    subject: fillSlots(topic.subject, slots),
    text: wrap(text),
    ...dress(pattern, wrap(text), slots, random),
  }
  const filing = pattern.folder ? { folder: pattern.folder } : {}
  const letter = writeLetter(mail, copiesOf(mail, now, random.chance(0.03) ? { folder: 'Trash' } : filing))
  const answeredAt = addMinutes(sentAt, random.int(6, 300))
  const answer = random.chance(0.35) && answeredAt < now ? topic.answer : undefined
  return answer ? [letter, writeAnswer(pattern, letter, fillSlots(answer, slots), answeredAt, now)] : [letter]
}

function words({ greetings, remarks, closings }: Pattern, topic: Topic, random: Random): string {
  const remark = remarks && random.chance(0.8) ? [random.pick(remarks)] : []
  return [random.pick(greetings), topic.text, ...remark, random.pick(closings)].join('\n\n')
}

function dress(
  pattern: Pattern,
  text: string,
  slots: Slots,
  random: Random,
): Pick<Mail, 'body' | 'wording' | 'headers'> {
  const charset = pattern.charset ?? random.pick(usualCharsets[pattern.language])
  const body = personalBody(text, {
    shape: pattern.shape ?? random.pick(['alternative', 'alternative', 'text', 'text', 'html']),
    charset,
    encoding: random.pick(['quoted-printable', 'quoted-printable', '8bit', 'base64']),
    ...(pattern.file ? { files: [pattern.file(slots, random)] } : {}),
    nameForm: random.pick(['rfc2231', 'encoded-word']),
  })
  const headers = pattern.isAutomatic ? { headers: [['Auto-Submitted', 'auto-generated'] as const] } : {}
  return { body, wording: { charset, form: random.pick(['Q', 'B']) }, ...headers }
}

function writeAnswer(pattern: Pattern, letter: Letter, text: string, sentAt: Date, now: Date): Letter {
  const key = `answer ${letter.id}`
  const from = demoPeople[pattern.to]
  const mail: Mail = {
    key,
    sentAt,
    from,
    to: [letter.from],
    subject: `Re: ${letter.subject}`,
    text: wrap(text),
    body: personalBody(wrap(text), {
      shape: 'alternative',
      charset: 'utf-8',
      quoted: { attribution: attribution(pattern.language, letter), text: letter.text },
    }),
    answers: letter,
  }
  return writeLetter(mail, copiesOf(mail, now))
}

/** More lately than long ago; what falls on today lies before now. */
function moment(pattern: Pattern, now: Date, random: Random): Date {
  const daysAgo = Math.floor(362 * (random.int(0, 9999) / 10000) ** 1.5)
  const elapsed = minuteOfDay(now)
  const seconds = random.int(0, 59) / 60
  if (daysAgo === 0) return addMinutes(now, -random.int(5, Math.max(6, elapsed)) - seconds)
  const minute = pattern.isAutomatic ? random.int(0, 1438) : random.int(6 * 60, 18 * 60)
  const date = addMinutes(addDays(now, -daysAgo), minute - elapsed + seconds)
  return pattern.isAutomatic ? date : onWorkday(date)
}
