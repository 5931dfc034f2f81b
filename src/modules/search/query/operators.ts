import { agoOf, bytesOf, type ReaderTime, spanOf } from './operator-values.ts'
import type { HitState, SearchNode, TextField } from './search-node.ts'

/** What an operator makes of its value; undefined when that is none. */
type Read = (value: { text: string; isPrefix: boolean }, now: ReaderTime) => SearchNode | undefined
export type Operator = { read: Read /** What the value must be, for people. */; takes: string; example: string }

const textIn = (field: TextField, example: string): Operator => ({
  read: ({ text, isPrefix }) => (/[\p{L}\p{N}]/u.test(text) ? { kind: 'field', field, text, isPrefix } : undefined),
  ...{ takes: 'a word or "several words"', example },
})

const states: Readonly<Record<string, HitState>> = {
  ...{ unread: 'unread', read: 'read', starred: 'starred', flagged: 'starred', unstarred: 'unstarred' },
  ...{ answered: 'answered', draft: 'draft', pinned: 'pinned', snoozed: 'snoozed' },
}
const types: Readonly<Record<string, string>> = {
  ...{ mail: 'mail', email: 'mail', message: 'mail.message', file: 'drive.file', files: 'drive', drive: 'drive' },
  ...{ folder: 'drive.folder', event: 'calendar.event', events: 'calendar', calendar: 'calendar' },
  ...{ contact: 'contacts.contact', contacts: 'contacts', photo: 'photos', photos: 'photos' },
}

const dayTakes = { takes: 'a day, a month, a year, today or yesterday', example: '2026-05-23' }
const before: Operator = {
  read: ({ text }, now) => {
    const span = spanOf(text, now)
    return span && { kind: 'until', time: span.from }
  },
  ...dayTakes,
}
const after: Operator = {
  read: ({ text }, now) => {
    const span = spanOf(text, now)
    return span && { kind: 'since', time: span.from }
  },
  ...dayTakes,
}
const size = (kind: 'larger' | 'smaller'): Operator => ({
  read: ({ text }) => {
    const bytes = bytesOf(text)
    return bytes === undefined ? undefined : { kind, bytes }
  },
  ...{ takes: 'a size', example: '10M' },
})
const age = (kind: 'since' | 'until'): Operator => ({
  read: ({ text }, now) => {
    const time = agoOf(text, now)
    return time === undefined ? undefined : { kind, time }
  },
  ...{ takes: 'a time such as 12h, 3d, 2w, 6m (months) or 1y', example: '7d' },
})

/** By their names in lower case, without the colon. */
export const operators: ReadonlyMap<string, Operator> = new Map<string, Operator>([
  ['from', textIn('from', 'ann@example.org')],
  ['to', textIn('to', 'bob')],
  ['cc', textIn('cc', 'bob')],
  ['with', textIn('with', 'ann')],
  ['subject', textIn('subject', 'budget')],
  ['title', textIn('subject', 'budget')],
  ['in', textIn('in', 'inbox')],
  ['label', textIn('label', 'work')],
  ['filename', textIn('filename', 'pdf')],
  [
    'has',
    {
      read: ({ text }) => (/^attachments?$/i.test(text) ? { kind: 'attachment' } : undefined),
      ...{ takes: '"attachment"', example: 'attachment' },
    },
  ],
  [
    'is',
    {
      read: ({ text }) => {
        const state = own(states, text)
        return state && { kind: 'is', state }
      },
      ...{ takes: `one of ${Object.keys(states).join(', ')}`, example: 'unread' },
    },
  ],
  [
    'type',
    {
      read: ({ text }) => {
        const name = own(types, text) ?? (/^[a-z]+\.[a-z_]+$/i.test(text) ? text.toLowerCase() : undefined)
        return name === undefined ? undefined : { kind: 'type', name }
      },
      ...{ takes: 'mail, file, folder, event, contact or photo', example: 'file' },
    },
  ],
  ['before', before],
  ['older', before],
  ['after', after],
  ['newer', after],
  [
    'on',
    {
      read: ({ text }, now) => {
        const span = spanOf(text, now)
        if (!span) return undefined
        const [since, until] = [{ kind: 'since', time: span.from } as const, { kind: 'until', time: span.to } as const]
        return { kind: 'all', nodes: [since, until] }
      },
      ...dayTakes,
    },
  ],
  ['older_than', age('until')],
  ['newer_than', age('since')],
  ['larger', size('larger')],
  ['size', size('larger')],
  ['smaller', size('smaller')],
])

/** Whether what was typed may depend on where its reader is. */
export const asksForTimes = (typed: string): boolean => /\b(before|after|on|older|newer)\w*:/i.test(typed)

const own = (table: Readonly<Record<string, string>>, name: string) =>
  Object.hasOwn(table, name.toLowerCase()) ? (table[name.toLowerCase()] as never) : undefined
