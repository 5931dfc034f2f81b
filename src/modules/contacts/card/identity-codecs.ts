import { paramOf, property, withParam } from '#integrations/vcard/vcard.ts'
import { escapeText, readComponents, unescapeText } from '#integrations/vcard/vcard-text.ts'
import { codec } from './codec.ts'
import { readPlacing, typesOf, withTypes, writePlacing } from './placing.ts'
import { uriValue } from './reachability-codecs.ts'

export const organizations = codec<'organizations'>({
  ...{ member: 'organizations', letter: 'o', names: ['ORG'] },
  read(one) {
    const [name = '', ...rest] = readComponents(one.value).map((component) => unescapeText(component).trim())
    const units = rest.filter(Boolean)
    if (name === '' && units.length === 0) return undefined
    return { ...(name && { name }), ...(units.length > 0 && { units }) }
  },
  write: ({ name = '', units = [] }, from) => ({
    ...(from ?? property('ORG', '')),
    value: [name, ...units].map(escapeText).join(';'),
  }),
})

export const titles = codec<'titles'>({
  ...{ member: 'titles', letter: 't', names: ['TITLE', 'ROLE'] },
  read(one) {
    const name = unescapeText(one.value).trim()
    return name === '' ? undefined : { name, kind: one.name === 'ROLE' ? 'role' : 'title' }
  },
  write: ({ name, kind }, from) => ({
    ...(from ?? property('TITLE', '')),
    ...{ name: kind === 'role' ? 'ROLE' : 'TITLE', value: escapeText(name) },
  }),
})

export const notes = codec<'notes'>({
  ...{ member: 'notes', letter: 'n', names: ['NOTE'] },
  read(one) {
    const note = unescapeText(one.value)
    return note.trim() === '' ? undefined : { note }
  },
  write: ({ note }, from) => ({ ...(from ?? property('NOTE', '')), value: escapeText(note) }),
})

export const languages = codec<'preferred_languages'>({
  ...{ member: 'preferred_languages', letter: 'g', names: ['LANG'] },
  read(one, label) {
    const language = one.value.trim()
    return language === '' ? undefined : { language, ...readPlacing(one), ...(label !== undefined && { label }) }
  },
  write: (entry, from, version) =>
    writePlacing({ ...(from ?? property('LANG', '')), value: escapeText(entry.language) }, entry, version),
  labelOf: ({ label }) => label,
})

/** RFC 9554 §3.4. */
export const pronouns = codec<'pronouns'>({
  ...{ member: 'pronouns', letter: 'u', names: ['PRONOUNS'] },
  read(one, label) {
    const text = unescapeText(one.value).trim()
    return text === '' ? undefined : { pronouns: text, ...readPlacing(one), ...(label !== undefined && { label }) }
  },
  write: (entry, from, version) =>
    writePlacing({ ...(from ?? property('PRONOUNS', '')), value: escapeText(entry.pronouns) }, entry, version),
  labelOf: ({ label }) => label,
})

/** Names that Apple and Evolution have for them. */
const named: Readonly<Record<string, string>> = {
  ...{ 'X-SPOUSE': 'spouse', 'X-MANAGER': 'manager', 'X-ASSISTANT': 'assistant' },
  ...{ 'X-EVOLUTION-SPOUSE': 'spouse', 'X-EVOLUTION-MANAGER': 'manager', 'X-EVOLUTION-ASSISTANT': 'assistant' },
}

export const relations = codec<'related_to'>({
  ...{ member: 'related_to', letter: 'r', names: ['RELATED', 'X-ABRELATEDNAMES', ...Object.keys(named)] },
  read(one, label) {
    const value = unescapeText(one.value).trim()
    if (value === '') return undefined
    const isText = one.name !== 'RELATED' || paramOf(one, 'VALUE')?.toLowerCase() === 'text'
    const isUri = !isText && /^[a-z][a-z\d+.-]*:/i.test(value)
    const known = named[one.name]
    const relation = known === undefined ? [...new Set(typesOf(one))].sort() : [known]
    return {
      ...(isUri ? { uri: value } : { text: value }),
      ...(relation.length > 0 && { relation }),
      ...(label !== undefined && { label }),
    }
  },
  write(entry, from, version) {
    const fresh = property(version === '4.0' || entry.uri !== undefined ? 'RELATED' : 'X-ABRELATEDNAMES', '')
    const kept = from && named[from.name] === undefined && !(entry.uri && from.name !== 'RELATED') ? from : fresh
    const value = entry.uri === undefined ? escapeText(entry.text ?? '') : uriValue(entry.uri)
    const typed = withTypes({ ...kept, value }, entry.relation ?? [])
    // RFC 6350 §6.6.6: a text has to say so.
    return withParam(typed, 'VALUE', entry.uri === undefined && typed.name === 'RELATED' ? ['text'] : [])
  },
  labelOf: ({ label }) => label,
})

/** A field of somebody's own, named by its label. */
export const customFields = codec<'custom_fields'>({
  ...{ member: 'custom_fields', letter: 'c', names: ['X-CUSTOM', 'X-CUSTOM-FIELD'] },
  read(one, label) {
    const value = unescapeText(one.value)
    return label === undefined || value === '' ? undefined : { label, value }
  },
  write: ({ value }, from) => ({ ...(from ?? property('X-CUSTOM', '')), value: escapeText(value) }),
  labelOf: ({ label }) => label,
})
