/** A script that is none, and where. */
export class SieveError extends Error {
  readonly line: number
  constructor(line: number, message: string) {
    super(message)
    this.line = line
  }
}

export type Token = { line: number } & (
  | { kind: 'identifier' | 'tag' | 'string'; text: string }
  | { kind: 'number'; value: number }
  | { kind: 'punctuation'; text: '(' | ')' | '[' | ']' | '{' | '}' | ',' | ';' }
  /** The name that Roundcube and others give the rule that follows: `# rule:[Invoices]`. */
  | { kind: 'rule_name'; text: string }
)

const units: Readonly<Record<string, number>> = { k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 }

// RFC 5228 §8.1. Sticky: each is tried at one place only, so that a script is read in one pass.
const forms = {
  blank: /[ \t\r\n]+/y,
  hash: /#([^\n]*)(?:\n|$)/y,
  bracket: /\/\*[\s\S]*?\*\//y,
  multiline: /text:[ \t]*(?:#[^\n]*)?\r?\n([\s\S]*?)(?<=\n)\.\r?(?:\n|$)/iy,
  number: /(\d{1,15})([KMG])?(?![\w])/iy,
  identifier: /[a-z_]\w*/iy,
  tag: /:([a-z_]\w*)/iy,
  quoted: /"([^"\\]*(?:\\[\s\S][^"\\]*)*)"/y,
  punctuation: /[()[\]{},;]/y,
}

/** @throws SieveError */
export function* sieveTokens(script: string): Generator<Token> {
  let at = 0
  let line = 1
  const take = (form: RegExp): RegExpExecArray | null => {
    form.lastIndex = at
    const found = form.exec(script)
    if (found) at += found[0].length
    return found
  }
  while (at < script.length) {
    const begun = line
    const from = at
    const token = take(forms.blank) ? undefined : next(take, begun)
    if (token === null) throw new SieveError(begun, `cannot read "${script.slice(at, at + 20).split('\n')[0]}"`)
    line += script.slice(from, at).split('\n').length - 1
    if (token) yield token
  }
}

/** Undefined for a comment, null for what nobody can read. */
function next(take: (form: RegExp) => RegExpExecArray | null, line: number): Token | undefined | null {
  const hash = take(forms.hash)
  if (hash) {
    const name = /rule:\[(.*)\]/.exec(hash[1] ?? '')?.[1]?.trim()
    return name ? { kind: 'rule_name', text: name, line } : undefined
  }
  if (take(forms.bracket)) return undefined
  const multiline = take(forms.multiline)
  // RFC 5228 §2.4.2: a dot that begins a line was doubled.
  if (multiline) return { kind: 'string', text: (multiline[1] ?? '').replaceAll(/^\.\./gm, '.'), line }
  const number = take(forms.number)
  if (number) return { kind: 'number', value: Number(number[1]) * (units[(number[2] ?? '').toLowerCase()] ?? 1), line }
  const identifier = take(forms.identifier)
  if (identifier) return { kind: 'identifier', text: identifier[0].toLowerCase(), line }
  const tag = take(forms.tag)
  if (tag) return { kind: 'tag', text: (tag[1] ?? '').toLowerCase(), line }
  const quoted = take(forms.quoted)
  if (quoted) return { kind: 'string', text: (quoted[1] ?? '').replaceAll(/\\([\s\S])/g, '$1'), line }
  const [text] = take(forms.punctuation) ?? []
  return text ? ({ kind: 'punctuation', text, line } as Token) : null
}
