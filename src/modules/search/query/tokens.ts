/** A piece of what was typed. `at` counts UTF-16 units from 0. */
export type Token = { at: number; end: number } & (
  | { kind: 'word' | 'phrase'; text: string }
  | { kind: 'operator'; name: string }
  | { kind: 'open'; isCurly: boolean }
  | { kind: 'close'; isCurly: boolean }
  | { kind: 'or' | 'and' | 'not' }
)

/** Names before a colon that mean something. */
export type IsOperator = (name: string) => boolean

const connectives: Readonly<Record<string, 'or' | 'and' | 'not'>> = { OR: 'or', '|': 'or', AND: 'and', NOT: 'not' }

/**
 * The pieces of what was typed, which hold all of it but spaces. A quote that never closes is no quote; `OR`, `AND` and
 * `NOT` are words unless in capitals; a colon is part of its word unless a known operator stands before it.
 */
export function tokensOf(typed: string, isOperator: IsOperator): Token[] {
  const tokens: Token[] = []
  for (let at = 0; at < typed.length; ) {
    const rest = /\s*/uy
    rest.lastIndex = at
    at += rest.exec(typed)?.[0].length ?? 0
    if (at >= typed.length) break
    const token = tokenAt(typed, at, isOperator)
    tokens.push(token)
    at = token.end
  }
  return tokens
}

function tokenAt(typed: string, at: number, isOperator: IsOperator): Token {
  const sign = typed[at] ?? ''
  if (/[({]/.test(sign)) return { kind: 'open', isCurly: sign === '{', at, end: at + 1 }
  if (/[)}]/.test(sign)) return { kind: 'close', isCurly: sign === '}', at, end: at + 1 }
  if (sign === '-' && /[^\s-]/.test(typed[at + 1] ?? ' ')) return { kind: 'not', at, end: at + 1 }
  if (sign === '"') return phraseAt(typed, at)
  return wordAt(typed, at, isOperator)
}

function phraseAt(typed: string, at: number): Token {
  const close = typed.indexOf('"', at + 1)
  if (close < 0) return { kind: 'word', text: '', at, end: at + 1 }
  return { kind: 'phrase', text: typed.slice(at + 1, close), at, end: close + 1 }
}

function wordAt(typed: string, at: number, isOperator: IsOperator): Token {
  const pattern = /[^\s"(){}]+/y
  pattern.lastIndex = at
  const text = pattern.exec(typed)?.[0] ?? ''
  const end = at + text.length
  const connective = connectives[text]
  if (connective) return { kind: connective, at, end }
  const name = /^([a-z_]+):/i.exec(text)?.[1]?.toLowerCase()
  if (name !== undefined && isOperator(name)) return { kind: 'operator', name, at, end: at + name.length + 1 }
  return { kind: 'word', text, at, end }
}
