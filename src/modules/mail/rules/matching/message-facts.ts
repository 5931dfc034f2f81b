import type { AuthenticationMethod, TextField } from './condition.ts'

export type FactAddress = { name: string; email: string }

/** A message as conditions see it. What is undefined is not known yet: conditions on it cannot be decided. */
export type MessageFacts = {
  from: FactAddress
  to: readonly FactAddress[]
  cc: readonly FactAddress[]
  bcc: readonly FactAddress[]
  subject: string
  sizeBytes: number
  receivedAt: Date
  isReply: boolean
  attachments: readonly { name: string; type: string }[]
  /** Fields of the header with names in lower case and unfolded values. */
  headers: readonly { name: string; value: string }[] | undefined
  /** The text that a person would read. */
  body: string | undefined
  /** Two letters; null when it cannot be told. */
  language: string | null | undefined
  isContact: boolean | undefined
  isNewSender: boolean | undefined
  /** Undefined results of a method are those of a message that has none. */
  authentication: Readonly<Partial<Record<AuthenticationMethod, string>>> | undefined
}

/** What has to be looked up for a message before rules can be decided, beyond what lists know. */
export type Needs = {
  headers: boolean
  body: boolean
  language: boolean
  contact: boolean
  newSender: boolean
  authentication: boolean
}

/** A field whose texts are looked through at once for all conditions: `subject`, `header:list-id`. */
export type ScannedField = TextField | `header:${string}`

/** Whether the texts of a field are known already. */
export function isKnown(facts: MessageFacts, field: ScannedField): boolean {
  if (field === 'body') return facts.body !== undefined
  return facts.headers !== undefined || !(field === 'list_id' || field.startsWith('header:'))
}

/** None while they are not known. */
export function textsOf(facts: MessageFacts, field: ScannedField): readonly string[] {
  if (field.startsWith('header:')) return headerTexts(facts, field.slice('header:'.length))
  return texts[field as TextField](facts)
}

const texts: Readonly<Record<TextField, (facts: MessageFacts) => readonly string[]>> = {
  from: ({ from }) => addressTexts([from]),
  to: ({ to }) => addressTexts(to),
  cc: ({ cc }) => addressTexts(cc),
  recipient: ({ to, cc, bcc }) => addressTexts([...to, ...cc, ...bcc]),
  subject: ({ subject }) => [subject],
  body: ({ body }) => (body === undefined ? [] : [body]),
  list_id: (facts) => headerTexts(facts, 'list-id').flatMap(listIdTexts),
  attachment_name: ({ attachments }) => attachments.map(({ name }) => name),
  attachment_type: ({ attachments }) => attachments.map(({ type }) => type),
}

const addressTexts = (addresses: readonly FactAddress[]): string[] =>
  addresses.flatMap(({ name, email }) => (name === '' ? [email] : [email, name, `${name} <${email}>`]))

const headerTexts = ({ headers = [] }: MessageFacts, name: string): string[] =>
  headers.filter((field) => field.name === name).map(({ value }) => value)

/** RFC 2919 §3: what stands in brackets identifies the list, and the whole field describes it. */
const listIdTexts = (value: string): string[] => {
  const id = /<([^<>]+)>\s*$/.exec(value)?.[1]
  return id === undefined ? [value] : [id.trim(), value]
}
