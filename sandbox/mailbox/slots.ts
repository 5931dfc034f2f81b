import { addDays, onWorkday } from './clock.ts'
import type { Pattern } from './pattern.ts'
import type { Random } from './random.ts'

/** The words that differ from one mail of a pattern to the next. */
export type Slots = Record<(typeof slotNames)[number], string>

const slotNames = ['child', 'class', 'day', 'hour', 'amount', 'number', 'count', 'room', 'host', 'sender'] as const

/** All begin with a consonant: a template can write "de {child}" in French. */
const children = [
  'Lina',
  'Noé',
  'Maëlys',
  'Zoé',
  'Gaspard',
  'Théo',
  'Louise',
  'Romy',
  'Sacha',
  'Jeanne',
  'Malo',
  'Nour',
  'Capucine',
  'Tiago',
  'Ruben',
  'Salomé',
  'Victor',
  'Clémence',
  'Bastien',
  'Fatou',
]
const classes = ['CP A', 'CP B', 'CE1', 'CE2', 'CM1 A', 'CM1 B', 'CM2']
const hosts = ['mail-01', 'mail-02', 'db-01', 'files-03', 'proxy-01', 'school-gw', 'backup-02', 'wiki']

const dayForm = { weekday: 'long', day: 'numeric', month: 'long', timeZone: 'UTC' } as const

const hourForms: Record<Pattern['language'], (hour: number, minute: string) => string> = {
  fr: (hour, minute) => `${hour} h ${minute}`.replace(' 00', ''),
  'en-GB': (hour, minute) => `${hour}:${minute}`,
  de: (hour, minute) => `${hour}:${minute} Uhr`,
  es: (hour, minute) => `${hour}:${minute}`,
  pt: (hour, minute) => `${hour}h${minute}`,
  pl: (hour, minute) => `${hour}:${minute}`,
}

export function chooseSlots(language: Pattern['language'], sender: string, sentAt: Date, random: Random): Slots {
  const money = { minimumFractionDigits: 2, maximumFractionDigits: 2, useGrouping: false }
  const meetingDay = afterDays(sentAt, random.int(1, 6))
  return {
    child: random.pick(children),
    class: random.pick(classes),
    day: meetingDay
      .toLocaleDateString(language, dayForm)
      .replace(/ 1 (?=[a-zéû]+$)/, language === 'fr' ? ' 1er ' : ' 1 '),
    hour: hourForms[language](random.int(8, 17), random.pick(['00', '15', '30', '45'])),
    amount: (random.int(2400, 148000) / 100).toLocaleString(language, money),
    number: String(random.int(10240, 98760)),
    count: String(random.int(3, 29)),
    room: String(random.int(1, 14)),
    host: random.pick(hosts),
    sender,
  }
}

/** @throws RangeError for a slot that does not exist. */
export function fillSlots(text: string, slots: Slots): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => {
    const slot = slotNames.find((known) => known === name)
    if (!slot) throw new RangeError(`no slot is named {${name}}`)
    return slots[slot]
  })
}

/** A working day, later than `date`. */
function afterDays(date: Date, days: number): Date {
  const day = addDays(date, days)
  return onWorkday(day) > date ? onWorkday(day) : addDays(onWorkday(day), 3)
}
