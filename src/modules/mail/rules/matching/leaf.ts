import type { DateCondition, HeaderCondition, Leaf, SizeCondition, TextCondition, TimeCondition } from './condition.ts'
import type { MessageFacts, Needs, ScannedField } from './message-facts.ts'

/** Undefined: it cannot be decided from what is known. */
export type Verdict = boolean | undefined

export const isTextLeaf = (leaf: Leaf): leaf is TextCondition | HeaderCondition =>
  'operator' in leaf && 'values' in leaf

export const scannedFieldOf = (leaf: TextCondition | HeaderCondition): ScannedField =>
  leaf.field === 'header' ? `header:${leaf.name.toLowerCase()}` : leaf.field

/** Decides a condition that is not about texts. */
export function verdictOf(leaf: Exclude<Leaf, TextCondition | HeaderCondition>, facts: MessageFacts): Verdict {
  switch (leaf.field) {
    case 'size':
      return inOrder(leaf, facts.sizeBytes, leaf.bytes)
    case 'date':
      return inOrder(leaf, facts.receivedAt.getTime(), Date.parse(leaf.at))
    case 'time_of_day':
      return inOrder(leaf, minuteOfDay(facts.receivedAt, leaf.time_zone), minutesOf(leaf.time))
    case 'is_reply':
      return facts.isReply === leaf.is
    case 'sender_is_contact':
      return facts.isContact === undefined ? undefined : facts.isContact === leaf.is
    case 'sender_is_new':
      return facts.isNewSender === undefined ? undefined : facts.isNewSender === leaf.is
    case 'authentication':
      return facts.authentication && leaf.values.includes(facts.authentication[leaf.method] ?? 'none')
    case 'language':
      if (facts.language === undefined) return undefined
      return facts.language !== null && leaf.values.includes(facts.language)
  }
}

const inOrder = ({ operator }: SizeCondition | DateCondition | TimeCondition, value: number, than: number): boolean =>
  operator === 'greater_than' ? value > than : value < than

const minutesOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5))

const clocks = new Map<string, Intl.DateTimeFormat>()

function minuteOfDay(at: Date, timeZone: string): number {
  const clock =
    clocks.get(timeZone) ?? new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit' })
  clocks.set(timeZone, clock)
  return minutesOf(clock.format(at))
}

/** Whether the zone is one that this machine knows. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en-GB', { timeZone: name })
    return true
  } catch {
    return false
  }
}

/** What these conditions have to know. */
export function needsOf(leaves: readonly Leaf[]): Needs {
  const has = (...fields: Leaf['field'][]) => leaves.some(({ field }) => fields.includes(field))
  return {
    headers: has('header', 'list_id', 'authentication'),
    body: has('body', 'language'),
    language: has('language'),
    contact: has('sender_is_contact'),
    newSender: has('sender_is_new'),
    authentication: has('authentication'),
  }
}
