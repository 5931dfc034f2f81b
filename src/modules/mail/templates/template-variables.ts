import { AppError } from '#platform/errors.ts'

/** What a template says, or what it became. */
export type Texts = { subject: string; text: string | null; html: string | null }

const placeholder = /\{\{\s*([a-z][a-z0-9_.-]{0,60})\s*\}\}/gi

/** The names of the variables in a template, each once, in the order in which they appear. */
export function variablesOf({ subject, text, html }: Texts): string[] {
  const all = [subject, text ?? '', html ?? ''].join('\n')
  return [...new Set([...all.matchAll(placeholder)].map(([, name = '']) => name.toLowerCase()))]
}

/**
 * The template with values instead of its variables. In HTML they are text: no value can bring markup.
 * @throws AppError `mail.template_variables_missing` naming each variable without a value.
 */
export function fillTemplate(texts: Texts, values: Readonly<Record<string, string>>): Texts {
  const known = new Map(Object.entries(values).map(([name, value]) => [name.toLowerCase(), value]))
  const missing = variablesOf(texts).filter((name) => !known.has(name))
  if (missing.length > 0) throw variablesMissing(missing)
  const fill = (text: string, encode: (value: string) => string) =>
    text.replaceAll(placeholder, (_, name: string) => encode(known.get(name.toLowerCase()) ?? ''))
  return {
    subject: fill(texts.subject, (value) => value),
    text: texts.text === null ? null : fill(texts.text, (value) => value),
    html: texts.html === null ? null : fill(texts.html, htmlOfText),
  }
}

/** Text as HTML shows it, line ends and all. */
export const htmlOfText = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll(/\r\n?|\n/g, '<br>')

const variablesMissing = (names: readonly string[]) =>
  new AppError(
    'unprocessable',
    'mail.template_variables_missing',
    `The template needs a value for ${names.join(', ')}.`,
    { details: names.map((name) => ({ path: `body.variables.${name}`, message: 'is missing' })) },
  )
