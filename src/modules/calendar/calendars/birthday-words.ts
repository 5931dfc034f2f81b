/** What the calendar of birthdays says of itself. */
export type BirthdayWords = {
  calendar: string
  description: string
  title: (name: string) => string
  born: (year: number) => string
}

const languages: Readonly<Record<string, BirthdayWords>> = {
  en: {
    ...{ calendar: 'Birthdays', description: 'Of your contacts.' },
    ...{ title: (name) => `Birthday: ${name}`, born: (year) => `Born in ${year}.` },
  },
  fr: {
    ...{ calendar: 'Anniversaires', description: 'De vos contacts.' },
    ...{ title: (name) => `Anniversaire : ${name}`, born: (year) => `Année de naissance : ${year}.` },
  },
  de: {
    ...{ calendar: 'Geburtstage', description: 'Ihrer Kontakte.' },
    ...{ title: (name) => `Geburtstag: ${name}`, born: (year) => `Geboren ${year}.` },
  },
  es: {
    ...{ calendar: 'Cumpleaños', description: 'De tus contactos.' },
    ...{ title: (name) => `Cumpleaños: ${name}`, born: (year) => `Año de nacimiento: ${year}.` },
  },
  it: {
    ...{ calendar: 'Compleanni', description: 'Dei tuoi contatti.' },
    ...{ title: (name) => `Compleanno: ${name}`, born: (year) => `Anno di nascita: ${year}.` },
  },
  nl: {
    ...{ calendar: 'Verjaardagen', description: 'Van je contacten.' },
    ...{ title: (name) => `Verjaardag: ${name}`, born: (year) => `Geboren in ${year}.` },
  },
  pt: {
    ...{ calendar: 'Aniversários', description: 'Dos seus contatos.' },
    ...{ title: (name) => `Aniversário: ${name}`, born: (year) => `Ano de nascimento: ${year}.` },
  },
}
const english = languages.en as BirthdayWords

/** In the language of a locale, else in English. */
export const birthdayWordsIn = (locale: string | null): BirthdayWords =>
  languages[(locale ?? 'en').slice(0, 2).toLowerCase()] ?? english
