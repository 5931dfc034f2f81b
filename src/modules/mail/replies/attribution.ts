import type { Mailbox } from '../outbox/compose.ts'

/** What a quote says of the message that it is from. */
export type Quoted = {
  from: Mailbox
  to: readonly Mailbox[]
  cc: readonly Mailbox[]
  subject: string
  date: Date
}

/** The language and the clock of who writes; null where they have chosen none. */
export type Writer = { locale: string | null; timeZone: string | null }

type Words = {
  wrote: (date: string, author: string) => string
  forwarded: string
  from: string
  date: string
  subject: string
  to: string
  cc: string
}

const languages: Readonly<Record<string, Words>> = {
  en: {
    wrote: (date, author) => `On ${date}, ${author} wrote:`,
    ...{ forwarded: 'Forwarded message', from: 'From', date: 'Date', subject: 'Subject', to: 'To', cc: 'Cc' },
  },
  fr: {
    wrote: (date, author) => `Le ${date}, ${author} a écrit :`,
    ...{ forwarded: 'Message transféré', from: 'De', date: 'Date', subject: 'Objet', to: 'À', cc: 'Cc' },
  },
  de: {
    wrote: (date, author) => `Am ${date} schrieb ${author}:`,
    ...{ forwarded: 'Weitergeleitete Nachricht', from: 'Von', date: 'Datum', subject: 'Betreff', to: 'An', cc: 'Cc' },
  },
  es: {
    wrote: (date, author) => `El ${date}, ${author} escribió:`,
    ...{ forwarded: 'Mensaje reenviado', from: 'De', date: 'Fecha', subject: 'Asunto', to: 'Para', cc: 'Cc' },
  },
  it: {
    wrote: (date, author) => `Il ${date}, ${author} ha scritto:`,
    ...{ forwarded: 'Messaggio inoltrato', from: 'Da', date: 'Data', subject: 'Oggetto', to: 'A', cc: 'Cc' },
  },
  nl: {
    wrote: (date, author) => `Op ${date} schreef ${author}:`,
    ...{ forwarded: 'Doorgestuurd bericht', from: 'Van', date: 'Datum', subject: 'Onderwerp', to: 'Aan', cc: 'Cc' },
  },
  pt: {
    wrote: (date, author) => `Em ${date}, ${author} escreveu:`,
    ...{ forwarded: 'Mensagem encaminhada', from: 'De', date: 'Data', subject: 'Assunto', to: 'Para', cc: 'Cc' },
  },
}
const english = languages.en as Words

/** The line above a quote, in the language of who writes. */
export const attributionOf = (quoted: Quoted, writer: Writer): string =>
  wordsFor(writer).wrote(dateFor(quoted.date, writer), shown(quoted.from))

/** The lines above a forwarded message: a title, then what its header said. */
export function forwardedHeader(quoted: Quoted, writer: Writer): { title: string; lines: string[] } {
  const words = wordsFor(writer)
  const fields: [string, string][] = [
    [words.from, shown(quoted.from)],
    [words.date, dateFor(quoted.date, writer)],
    [words.subject, quoted.subject],
    [words.to, quoted.to.map(shown).join(', ')],
    [words.cc, quoted.cc.map(shown).join(', ')],
  ]
  return {
    title: words.forwarded,
    lines: fields.filter(([, value]) => value !== '').map(([label, value]) => `${label}: ${value}`),
  }
}

const wordsFor = ({ locale }: Writer): Words => languages[(locale ?? 'en').slice(0, 2).toLowerCase()] ?? english

const dateFor = (date: Date, { locale, timeZone }: Writer): string =>
  new Intl.DateTimeFormat(locale ?? 'en', {
    dateStyle: 'full',
    timeStyle: timeZone === null ? 'long' : 'short',
    timeZone: timeZone ?? 'UTC',
  }).format(date)

const shown = ({ name, email }: Mailbox): string => (name === '' || name === email ? email : `${name} <${email}>`)
