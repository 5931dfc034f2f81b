import type { BodyShape } from './body.ts'
import type { Charset } from './mime/charset.ts'
import type { MailFile } from './mime/part.ts'
import type { DemoUser, Person } from './people.ts'
import type { Random } from './random.ts'
import type { Slots } from './slots.ts'

/** What one mail is about. `answer` is what the demo user writes back, now and then. */
export type Topic = { subject: string; text: string; answer?: string }

/**
 * A kind of mail that comes again and again, each time with other words: a greeting, a topic, a remark and a closing.
 * `{slots}` are filled in; the same slot has the same value all through one mail and its answer.
 */
export type Pattern = {
  key: string
  to: DemoUser
  language: 'fr' | 'en-GB' | 'de' | 'es' | 'pt' | 'pl'
  senders: readonly Person[]
  /** How many come in a year. */
  count: number
  greetings: readonly string[]
  topics: readonly Topic[]
  remarks?: readonly string[]
  closings: readonly string[]
  charset?: Charset
  shape?: BodyShape
  folder?: string
  /** Machines write at weekends as well, and sign nothing. */
  isAutomatic?: boolean
  file?: (slots: Slots, random: Random) => MailFile
}
