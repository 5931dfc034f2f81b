import { type Condition, isGroup, type Leaf, type TextCondition } from '../matching/condition.ts'
import type { RuleAction } from '../rule-action.ts'
import { escapedGlob } from './glob.ts'
import type { SieveNames } from './sieve-actions.ts'

export type ExportedRule = {
  id: string
  name: string
  isEnabled: boolean
  condition: Condition
  actions: readonly RuleAction[]
}

/** Something that a script cannot say, of a rule. */
export type ExportNote = { ruleId: string; what: string; reason: string }

export type SieveExport = { script: string; notes: ExportNote[] }

/**
 * A script that does what rules do on a server with Pigeonhole's extensions, and all that it cannot do. A rule whose
 * condition cannot be said is left out as a whole.
 */
export function exportSieve(rules: readonly ExportedRule[], names: SieveNames): SieveExport {
  const required = new Set<string>()
  const notes: ExportNote[] = []
  const blocks = rules.map((rule) => {
    const note = (what: string, reason: string) => notes.push({ ruleId: rule.id, what, reason })
    const faults: string[] = []
    const test = testOf(rule.condition, required, faults)
    for (const field of new Set(faults)) note(`the condition on ${field}`, 'a script cannot say that')
    if (faults.length > 0) return []
    const lines = rule.actions.flatMap((action) =>
      linesOf(action, names, required, (reason) => note(action.type, reason)),
    )
    if (lines.length === 0) return []
    const body = lines.map((line) => `  ${line}\n`).join('')
    const text = `# rule:[${rule.name.replaceAll(/[\r\n\]]/g, ' ')}]\nif ${rule.isEnabled ? test : `allof (false, ${test})`} {\n${body}}\n`
    return [text]
  })
  const head = required.size > 0 ? `require [${[...required].sort().map(quote).join(', ')}];\n\n` : ''
  return { script: head + blocks.flat().join('\n'), notes }
}

/** RFC 5228 §2.4.2. */
const quote = (text: string): string => `"${text.replaceAll(/["\\]/g, '\\$&')}"`
const list = (values: readonly string[]): string =>
  values.length === 1 ? quote(values[0] ?? '') : `[${values.map(quote).join(', ')}]`

function testOf(condition: Condition, required: Set<string>, faults: string[]): string {
  if (!isGroup(condition)) return leafTest(condition, required, faults)
  const tests = condition.conditions.map((child) => testOf(child, required, faults))
  const { match } = condition
  if (tests.length === 0) return match === 'any' ? 'false' : 'true'
  const joined = tests.length === 1 ? (tests[0] ?? '') : `${match === 'all' ? 'allof' : 'anyof'} (${tests.join(', ')})`
  return match === 'none' ? `not ${joined}` : joined
}

function leafTest(leaf: Leaf, required: Set<string>, faults: string[]): string {
  switch (leaf.field) {
    case 'subject':
      return comparison('header', ['subject'], leaf, required)
    case 'header':
      return comparison('header', [leaf.name], leaf, required)
    case 'from':
    case 'to':
    case 'cc':
      return addressTest([leaf.field], leaf, required)
    case 'recipient':
      return addressTest(['to', 'cc', 'bcc'], leaf, required)
    case 'list_id':
      return listTest(leaf, required)
    case 'body':
      required.add('body')
      return comparison('body :text', undefined, leaf, required)
    case 'size':
      return `size ${leaf.operator === 'greater_than' ? ':over' : ':under'} ${leaf.bytes}`
    case 'is_reply': {
      const test = 'anyof (exists "in-reply-to", exists "references")'
      return leaf.is ? test : `not ${test}`
    }
    case 'date':
      return dateTest(leaf.operator, 'iso8601', new Date(leaf.at).toISOString().replace(/\.\d+Z$/, '+00:00'), required)
    case 'time_of_day':
      if (leaf.time_zone !== 'UTC') faults.push('the time of day in a zone with summer time')
      return dateTest(leaf.operator, 'time', `${leaf.time}:00`, required)
    default:
      faults.push(leaf.field)
      return 'false'
  }
}

function dateTest(operator: string, part: string, value: string, required: Set<string>): string {
  required.add('date').add('relational')
  const relation = operator === 'greater_than' ? 'gt' : 'lt'
  return `currentdate :zone "+0000" :value "${relation}" "${part}" ${quote(value)}`
}

type Texts = Pick<TextCondition, 'operator' | 'values'>

function comparison(
  test: string,
  headers: readonly string[] | undefined,
  { operator, values }: Texts,
  required: Set<string>,
) {
  const [match, keys] = {
    equals: [':is', values],
    contains: [':contains', values],
    starts_with: [':matches', values.map((value) => `${escapedGlob(value)}*`)],
    ends_with: [':matches', values.map((value) => `*${escapedGlob(value)}`)],
    matches: [':regex', values],
  }[operator] as [string, string[]]
  if (match === ':regex') required.add('regex')
  return `${test} ${match} ${headers ? `${list(headers)} ` : ''}${list(keys)}`
}

/** Rules compare the address, the name, and both as they are written. */
function addressTest(headers: readonly string[], texts: Texts, required: Set<string>): string {
  const whole = comparison('header', headers, texts, required)
  return texts.operator === 'contains' ? whole : `anyof (${comparison('address', headers, texts, required)}, ${whole})`
}

/** Rules compare what stands in brackets (RFC 2919 §3), and the field as a whole. */
function listTest(texts: Texts, required: Set<string>): string {
  const whole = comparison('header', ['list-id'], texts, required)
  const { operator, values } = texts
  if (operator === 'contains' || operator === 'matches') return whole
  const id = {
    equals: values.map((value) => `*<${escapedGlob(value)}>`),
    starts_with: values.map((value) => `*<${escapedGlob(value)}*>`),
    ends_with: values.map((value) => `*<*${escapedGlob(value)}>`),
  }[operator]
  return `anyof (header :matches "list-id" ${list(id)}, ${whole})`
}

function linesOf(
  action: RuleAction,
  names: SieveNames,
  required: Set<string>,
  refuse: (reason: string) => void,
): string[] {
  const need = (...extensions: string[]) => {
    for (const extension of extensions) required.add(extension)
  }
  const refused = (reason: string): undefined => {
    refuse(reason)
  }
  const file = (folder: { path: string } | undefined, copy = ''): string | undefined => {
    if (!folder) return refused('its folder is in another account, or gone')
    need('fileinto', ...(copy === '' ? [] : ['copy']))
    return `fileinto ${copy}${quote(folder.path)};`
  }
  const ofRole = (role: string) => names.folders.find((folder) => folder.role === role)
  const lines = ((): (string | undefined)[] => {
    switch (action.type) {
      case 'stop':
        return ['stop;']
      case 'mark_read':
      case 'star':
        need('imap4flags')
        return [`addflag ${quote(action.type === 'star' ? '\\Flagged' : '\\Seen')};`]
      case 'label': {
        need('imap4flags')
        const keywords = action.label_ids.map((id) => names.labels.find((label) => label.id === id)?.keyword)
        return keywords.map((keyword) => (keyword ? `addflag ${quote(keyword)};` : refused('the label is gone')))
      }
      case 'move':
        return [file(names.folders.find(({ id }) => id === action.folder_id))]
      case 'copy':
        return [
          file(
            names.folders.find(({ id }) => id === action.folder_id),
            ':copy ',
          ),
        ]
      case 'archive':
      case 'trash':
        return [file(ofRole(action.type))]
      case 'mark_junk':
        return [file(ofRole('junk'))]
      case 'forward': {
        const target = names.targets.find(({ id }) => id === action.target_id)
        if (!target) return [refused('the forward target is gone')]
        need('copy')
        return [`redirect :copy ${quote(target.email)};`]
      }
      case 'reply': {
        if ('template_id' in action) return [refused('a script knows no templates')]
        if (/\{\{/.test(action.text + action.subject)) return [refused('a script cannot fill in {{…}}')]
        need('vacation')
        const subject = action.subject === '' ? '' : `:subject ${quote(action.subject)} `
        return [`vacation :days 7 ${subject}${quote(action.text)};`]
      }
      default:
        return [refused('a script cannot do that')]
    }
  })()
  return lines.filter((line) => typeof line === 'string')
}
