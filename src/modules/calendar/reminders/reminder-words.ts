/** What a mail that reminds of an event says, beside what the event says itself. */
export type ReminderWords = {
  /** For dates and times. */
  locale: string
  subject: (title: string) => string
  /** For an event without a title. */
  untitled: string
}

const languages: Readonly<Record<string, Omit<ReminderWords, 'locale'>>> = {
  en: { subject: (title) => `Reminder: ${title}`, untitled: 'Event' },
  fr: { subject: (title) => `Rappel : ${title}`, untitled: 'Événement' },
  de: { subject: (title) => `Erinnerung: ${title}`, untitled: 'Termin' },
  es: { subject: (title) => `Recordatorio: ${title}`, untitled: 'Evento' },
  it: { subject: (title) => `Promemoria: ${title}`, untitled: 'Evento' },
  nl: { subject: (title) => `Herinnering: ${title}`, untitled: 'Afspraak' },
  pt: { subject: (title) => `Lembrete: ${title}`, untitled: 'Evento' },
}
const english = { ...languages.en, locale: 'en' } as ReminderWords

/** In the language of a locale, with its way of writing dates; else in English. */
export function reminderWordsIn(locale: string | null): ReminderWords {
  const words = languages[(locale ?? 'en').slice(0, 2).toLowerCase()]
  return words && locale !== null ? { ...words, locale } : english
}
