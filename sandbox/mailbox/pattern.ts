import type { BodyShape } from './body.ts'
import type { Charset } from './mime/charset.ts'
import type { MailFile } from './mime/part.ts'
import type { DemoUser, Person } from './people.ts'
import type { Random } from './random.ts'
import type { Slots } from './slots.ts'

/**
 * A kind of mail that comes again and again, each time with other words: one subject, one block of each group, and
 * `{slots}` filled in. The same slot has the same value all through one mail and its answer.
 */
export type Pattern = {
  key: string
  to: DemoUser
  language: 'fr' | 'en' | 'de' | 'es' | 'pt' | 'pl'
  senders: readonly Person[]
  /** How many come in a year. */
  count: number
  subjects: readonly string[]
  blocks: readonly (readonly string[])[]
  /** What the demo user writes back, now and then. */
  answers?: readonly string[]
  charset?: Charset
  shape?: BodyShape
  folder?: string
  /** Machines write at weekends as well, and sign nothing. */
  isAutomatic?: boolean
  file?: (slots: Slots, random: Random) => MailFile
}
