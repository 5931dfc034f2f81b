import { type BodyOptions, personalBody } from './body.ts'
import { addDays, ago, daysBetween, onWorkday } from './clock.ts'
import { type Letter, writeLetter } from './letter.ts'
import type { Charset } from './mime/charset.ts'
import type { MailFile } from './mime/part.ts'
import { alice, bob, carol, type Person } from './people.ts'
import { copiesOf } from './placement.ts'
import { randomFor } from './random.ts'

/** One mail of a conversation. Without `to` it goes to everybody else who takes part. */
type Turn = {
  from: Person
  age: string
  text: string
  to?: readonly Person[]
  cc?: readonly Person[]
  bcc?: readonly Person[]
  /** Index of the turn that it answers; the one before unless said otherwise, none with -1. */
  answers?: number
  files?: readonly MailFile[]
}

export type Conversation = {
  key: string
  subject: string
  with: readonly Person[]
  language: keyof typeof attributions
  turns: readonly Turn[]
  charset?: Charset
  answerPrefix?: string
  folder?: string
  isStarred?: boolean
}

const attributions = {
  fr: (name: string, day: string) => `Le ${day}, ${name} a écrit :`,
  'en-GB': (name: string, day: string) => `On ${day}, ${name} wrote:`,
  de: (name: string, day: string) => `Am ${day} schrieb ${name}:`,
  pt: (name: string, day: string) => `Em ${day}, ${name} escreveu:`,
  es: (name: string, day: string) => `El ${day}, ${name} escribió:`,
  pl: (name: string, day: string) => `W dniu ${day} ${name} pisze:`,
}

type Place = { key: string; sentAt: Date; parent: Letter | undefined }

/** The letters of a conversation, each joined to the one that it answers by In-Reply-To and References. */
export function converse(conversation: Conversation, now: Date): Letter[] {
  const letters: Letter[] = []
  const weekend = weekendShift(conversation, now)
  conversation.turns.forEach((turn, index) => {
    const parent = index === 0 ? undefined : letters[turn.answers ?? index - 1]
    const place = { key: `${conversation.key} ${index}`, sentAt: addDays(ago(now, turn.age), weekend), parent }
    letters.push(writeTurn(conversation, turn, place, now))
  })
  return letters
}

/** The line above a quotation, as mail programs write it in that language. */
export function attribution(
  language: keyof typeof attributions,
  { from, sentAt }: Pick<Letter, 'from' | 'sentAt'>,
): string {
  const day = sentAt.toLocaleString(language, { dateStyle: 'short', timeStyle: 'short', timeZone: from.timeZone })
  return attributions[language](from.name, day.replace(/\u202f/g, ' '))
}

/** Whole days to move a conversation by, so that it does not begin on a weekend; today's stay today's. */
function weekendShift({ turns }: Conversation, now: Date): number {
  const first = ago(now, turns[0]?.age ?? '0m')
  return turns[0]?.age.endsWith('m') ? 0 : -daysBetween(onWorkday(first), first)
}

function writeTurn(all: Conversation, turn: Turn, { key, sentAt, parent }: Place, now: Date): Letter {
  const to = turn.to ?? all.with.filter((one) => one !== turn.from)
  const mail = {
    key,
    sentAt,
    from: turn.from,
    to,
    ...(turn.cc ? { cc: turn.cc } : {}),
    ...(turn.bcc ? { bcc: turn.bcc } : {}),
    subject: parent ? `${all.answerPrefix ?? 'Re: '}${all.subject}` : all.subject,
    text: turn.text,
    body: personalBody(turn.text, bodyOptions(all, turn, key, parent)),
    ...(parent ? { answers: parent } : {}),
    ...(all.charset ? { wording: { charset: all.charset, form: 'Q' as const } } : {}),
  }
  const filing = { ...(all.folder ? { folder: all.folder } : {}), isStarred: Boolean(all.isStarred) && !parent }
  return writeLetter(mail, copiesOf(mail, now, filing))
}

function bodyOptions(all: Conversation, turn: Turn, key: string, parent: Letter | undefined): BodyOptions {
  const random = randomFor(`body ${key}`)
  return {
    shape: random.chance(0.55) ? 'alternative' : 'text',
    charset: all.charset ?? 'utf-8',
    encoding: random.pick(['quoted-printable', '8bit', 'quoted-printable', 'base64']),
    ...(turn.files ? { files: turn.files } : {}),
    ...(parent ? { quoted: { attribution: attribution(all.language, parent), text: parent.text } } : {}),
  }
}

/** The three demo users, as those who take part. */
export const everyone: readonly Person[] = [alice, bob, carol]
