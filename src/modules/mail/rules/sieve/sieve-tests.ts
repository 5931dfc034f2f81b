import type { Condition, TextField, TextOperator } from '../matching/condition.ts'
import { checkPattern } from '../matching/regular-expressions.ts'
import { type Comparison, comparisonOfGlob, expressionOfGlob, quoted } from './glob.ts'
import { hasTag, type SieveTest, stringsOf, tagValueOf } from './sieve-script.ts'

/** What rules cannot say, and where the script says it. */
export class Inexpressible extends Error {
  readonly line: number
  constructor(line: number, reason: string) {
    super(reason)
    this.line = line
  }
}

const all = (conditions: Condition[]): Condition =>
  conditions.length === 1 ? (conditions[0] as Condition) : { match: 'all', conditions }
const any = (conditions: Condition[]): Condition =>
  conditions.length === 1 ? (conditions[0] as Condition) : { match: 'any', conditions }
export const none = (conditions: Condition[]): Condition => ({ match: 'none', conditions })

/** A test as a condition. @throws Inexpressible */
export function conditionOf(test: SieveTest): Condition {
  const translate = Object.hasOwn(translations, test.name) ? translations[test.name] : undefined
  if (!translate) throw new Inexpressible(test.line, `rules have no test "${test.name}"`)
  return translate(test)
}

const translations: Readonly<Record<string, (test: SieveTest) => Condition>> = {
  true: () => ({ match: 'all', conditions: [] }),
  false: () => ({ match: 'any', conditions: [] }),
  not: ({ tests }) => none(tests.map(conditionOf)),
  allof: ({ tests }) => ({ match: 'all', conditions: tests.map(conditionOf) }),
  anyof: ({ tests }) => ({ match: 'any', conditions: tests.map(conditionOf) }),
  exists: (test) =>
    all(stringsOf(test, 0).map((name) => ({ field: 'header', name, operator: 'matches', values: ['.*'] }))),
  header: (test) => any(headersOf(test).flatMap((name) => comparisons(test, name, keysOf(test)))),
  address: (test) => any(headersOf(test).flatMap((name) => comparisons(test, name, addressKeysOf(test)))),
  size: sizeOf,
  body: bodyOf,
  currentdate: dateOf,
}

const recipientHeaders = ['to', 'cc', 'bcc']
const anyRecipient = 'to,cc,bcc'

/** The fields that a test names; those of all recipients are one to rules. */
function headersOf(test: SieveTest): string[] {
  const names = stringsOf(test, 0)
  const isRecipient = (name: string) => recipientHeaders.includes(name.toLowerCase())
  if (new Set(names.filter(isRecipient).map((name) => name.toLowerCase())).size < 3) return names
  return [anyRecipient, ...names.filter((name) => !isRecipient(name))]
}

const fieldOf: Readonly<Record<string, TextField>> = {
  ...{ from: 'from', to: 'to', cc: 'cc', subject: 'subject', 'list-id': 'list_id' },
  [anyRecipient]: 'recipient',
}

/** One condition for each operator that the keys come to. */
function comparisons(test: SieveTest, header: string, keys: readonly Comparison[]): Condition[] {
  const name = header.toLowerCase()
  if (!/^[!-9;-~]{1,76}$/.test(name)) throw new Inexpressible(test.line, `"${header}" is no header field`)
  const field = Object.hasOwn(fieldOf, name) ? fieldOf[name] : undefined
  return byOperator(keys).map(([operator, values]) =>
    field ? { field, operator, values } : { field: 'header', name: header, operator, values },
  )
}

function byOperator(keys: readonly Comparison[]): [TextOperator, string[]][] {
  const found = new Map<TextOperator, string[]>()
  for (const { operator, value } of keys) found.set(operator, [...(found.get(operator) ?? []), value])
  return [...found]
}

/** The last list of strings holds the keys. */
function keysOf(test: SieveTest): Comparison[] {
  const keys = test.args.filter((argument) => argument.kind === 'strings').at(-1)?.values ?? []
  return keys.map((key) => comparisonOf(test, key))
}

function comparisonOf(test: SieveTest, key: string): Comparison {
  requireComparable(test)
  if (hasTag(test, 'matches')) return checked(test, comparisonOfGlob(key))
  if (hasTag(test, 'regex')) return checked(test, { operator: 'matches', value: key })
  return checked(test, { operator: hasTag(test, 'contains') ? 'contains' : 'equals', value: key })
}

function requireComparable(test: SieveTest): void {
  const odd = ['count', 'value', 'list', 'mime', 'anychild', 'index'].find((tag) => hasTag(test, tag))
  if (odd) throw new Inexpressible(test.line, `rules cannot compare with :${odd}`)
}

function checked(test: SieveTest, comparison: Comparison): Comparison {
  const { operator, value } = comparison
  // Every text contains nothing, and rules say that with an expression.
  if (value === '')
    return operator === 'equals' ? { operator: 'matches', value: '^$' } : { operator: 'matches', value: '.*' }
  if (value.length > 500) throw new Inexpressible(test.line, 'a value is longer than 500 characters')
  if (operator !== 'matches') return comparison
  const pattern = checkPattern(value)
  if ('fault' in pattern) throw new Inexpressible(test.line, `the pattern ${pattern.fault}`)
  return comparison
}

/** Parts of an address (RFC 5228 §2.7.4): addresses are known whole. */
function addressKeysOf(test: SieveTest): Comparison[] {
  if (hasTag(test, 'user') || hasTag(test, 'detail')) {
    throw new Inexpressible(test.line, 'rules know no subaddresses')
  }
  const isDomain = hasTag(test, 'domain')
  if (!isDomain && !hasTag(test, 'localpart')) return keysOf(test)
  requireComparable(test)
  const keys = test.args.filter((argument) => argument.kind === 'strings').at(-1)?.values ?? []
  return keys.map((key) => checked(test, isDomain ? domainKey(test, key) : localKey(test, key)))
}

function domainKey(test: SieveTest, key: string): Comparison {
  if (hasTag(test, 'regex')) throw new Inexpressible(test.line, 'rules cannot match a part of an address by :regex')
  if (hasTag(test, 'contains')) return { operator: 'matches', value: `@[^@<>]*${quoted(key)}[^@<>]*>?$` }
  if (hasTag(test, 'matches'))
    return { operator: 'matches', value: `@${expressionOfGlob(key).replaceAll('.*', '[^@<>]*')}$` }
  return { operator: 'ends_with', value: `@${key}` }
}

function localKey(test: SieveTest, key: string): Comparison {
  if (hasTag(test, 'regex')) throw new Inexpressible(test.line, 'rules cannot match a part of an address by :regex')
  if (hasTag(test, 'contains')) return { operator: 'matches', value: `^[^@<>\\s]*${quoted(key)}[^@<>\\s]*@[^@\\s]+$` }
  if (hasTag(test, 'matches'))
    return { operator: 'matches', value: `^${expressionOfGlob(key).replaceAll('.*', '[^@<>\\s]*')}@[^@\\s]+$` }
  return { operator: 'matches', value: `^${quoted(key)}@[^@\\s]+$` }
}

function sizeOf(test: SieveTest): Condition {
  const bytes = test.args.find((argument) => argument.kind === 'number')?.value
  if (bytes === undefined) throw new Inexpressible(test.line, 'the test "size" lacks a number')
  return { field: 'size', operator: hasTag(test, 'over') ? 'greater_than' : 'less_than', bytes }
}

/** RFC 5173. */
function bodyOf(test: SieveTest): Condition {
  if (hasTag(test, 'raw') || hasTag(test, 'content')) {
    throw new Inexpressible(test.line, 'rules read the text of a body, not its :raw or :content')
  }
  return any(byOperator(keysOf(test)).map(([operator, values]) => ({ field: 'body', operator, values })))
}

/** RFC 5260 §5, as far as rules can say it: a moment or a time of day, in UTC. */
function dateOf(test: SieveTest): Condition {
  const [relation = ''] = valuesAfter(test, 'value')
  const [zone = ''] = valuesAfter(test, 'zone')
  const lists = test.args.filter((argument) => argument.kind === 'strings')
  const [part = '', key = ''] = [lists.at(-2)?.values[0]?.toLowerCase(), lists.at(-1)?.values[0]]
  const operator = relation === 'gt' ? 'greater_than' : relation === 'lt' ? 'less_than' : undefined
  if (!operator || zone !== '+0000') {
    throw new Inexpressible(test.line, 'rules compare dates by :value "gt" or "lt" and :zone "+0000" only')
  }
  if (part === 'iso8601' && !Number.isNaN(Date.parse(key))) {
    return { field: 'date', operator, at: new Date(key).toISOString() }
  }
  const [, time] = /^((?:[01]\d|2[0-3]):[0-5]\d):00$/.exec(key) ?? []
  if (part === 'time' && time) return { field: 'time_of_day', operator, time, time_zone: 'UTC' }
  throw new Inexpressible(test.line, `rules cannot compare the date part "${part}"`)
}

function valuesAfter(test: SieveTest, tag: string): string[] {
  const value = tagValueOf(test, tag)
  return value?.kind === 'strings' ? value.values : []
}
