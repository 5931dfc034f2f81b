import type { ReaderTime } from './operator-values.ts'
import { type Operator, operators } from './operators.ts'
import type { QueryProblem, SearchNode, SearchQuery } from './search-node.ts'
import { type Token, tokensOf } from './tokens.ts'

/** Leaves of one query; what comes after that is not looked for. */
const maxLeaves = 30
const maxDepth = 20
const maxTextLength = 200

/**
 * Reads a query as people type it:
 *
 *     query  = all { "OR" all }
 *     all    = { [ "AND" ] not }
 *     not    = [ "-" | "NOT" ] ( "(" query ")" | "{" any "}" | operator ":" value | phrase | word )
 *     value  = word | phrase | "(" query of words ")"
 *
 * Whatever makes no sense, such as a bracket that never closes or a date that is none, is named in `problems` and read as
 * words; nothing is ever refused. Days are those of the place that `now` is in. The last word is a beginning, since somebody is perhaps still typing.
 */
export function parseSearchQuery(typed: string, now: ReaderTime = Temporal.Now.zonedDateTimeISO('UTC')): SearchQuery {
  const parser = createParser(typed.toWellFormed().replaceAll('\0', ' '), now)
  return { root: parser.query(), problems: parser.problems }
}

function createParser(typed: string, now: ReaderTime) {
  const tokens = tokensOf(typed, (name) => operators.has(name))
  const problems: QueryProblem[] = []
  let [next, leaves, depth] = [0, 0, 0]

  const report = ({ at, end }: { at: number; end: number }, message: string) => {
    if (problems.length < 10) problems.push({ column: at + 1, length: end - at, message })
  }

  /** Up to the end, whatever closes in between. */
  function query(): SearchNode | undefined {
    const nodes: SearchNode[] = []
    while (next < tokens.length) {
      const node = anyOf(wordLeaf)
      if (node) nodes.push(node)
      const extra = tokens[next]
      if (!extra) break
      report(extra, `There is no "${extra.kind === 'close' && extra.isCurly ? '{' : '('}" that this closes.`)
      next++
    }
    return joined('all', nodes)
  }

  function anyOf(leaf: ReadLeaf): SearchNode | undefined {
    const nodes: SearchNode[] = []
    for (;;) {
      const node = allOf(leaf)
      if (node) nodes.push(node)
      const token = tokens[next]
      if (token?.kind !== 'or') return joined('any', nodes)
      next++
      const isAlone = !node || !tokens[next] || tokens[next]?.kind === 'close'
      if (isAlone) report(token, 'OR stands between two things; put it in quotes to look for the word.')
    }
  }

  function allOf(leaf: ReadLeaf): SearchNode | undefined {
    const nodes: SearchNode[] = []
    for (let token = tokens[next]; token && token.kind !== 'or' && token.kind !== 'close'; token = tokens[next]) {
      const node = notOf(leaf)
      if (node) nodes.push(node)
    }
    return joined('all', nodes)
  }

  function notOf(leaf: ReadLeaf): SearchNode | undefined {
    let isExcluded = false
    for (let token = tokens[next]; token?.kind === 'not' || token?.kind === 'and'; token = tokens[next]) {
      if (token.kind === 'not') isExcluded = !isExcluded
      next++
    }
    const node = primary(leaf)
    return node && isExcluded ? { kind: 'not', node: withoutPrefixes(node) } : node
  }

  function primary(leaf: ReadLeaf): SearchNode | undefined {
    const token = tokens[next]
    if (!token || token.kind === 'or' || token.kind === 'close') return undefined
    next++
    if (token.kind === 'open') return group(token, leaf)
    if (token.kind === 'operator') return operated(token)
    if (token.kind !== 'word' && token.kind !== 'phrase') return undefined
    if (token.kind === 'word' && token.text === '') report(token, 'There is no second " that closes this one.')
    return counted(leaf(token))
  }

  function group(open: Token & { kind: 'open' }, leaf: ReadLeaf): SearchNode | undefined {
    if (depth === maxDepth) {
      report(open, `Brackets go ${maxDepth} deep at most.`)
      return undefined
    }
    depth++
    const node = open.isCurly ? anyWithin(leaf) : anyOf(leaf)
    depth--
    const close = tokens[next]
    if (close?.kind === 'close') next++
    else report(open, `There is no "${open.isCurly ? '}' : ')'}" that closes this.`)
    return node
  }

  /** `{a b}` is `(a OR b)`. */
  function anyWithin(leaf: ReadLeaf): SearchNode | undefined {
    const nodes: SearchNode[] = []
    for (let token = tokens[next]; token && token.kind !== 'close'; token = tokens[next]) {
      if (token.kind === 'or') next++
      else nodes.push(...[notOf(leaf)].filter((node) => node !== undefined))
    }
    return joined('any', nodes)
  }

  function operated(token: Token & { kind: 'operator' }): SearchNode | undefined {
    const operator = operators.get(token.name)
    const value = tokens[next]
    if (!operator) return undefined
    const leaf = fieldLeaf(token, operator)
    const isAdjacent = value !== undefined && value.at === token.end
    if (isAdjacent && value.kind === 'open') {
      next++
      return group(value, leaf)
    }
    // Somebody who puts a space behind the colon means what follows it.
    if (value && (value.kind === 'phrase' || value.kind === 'word')) {
      next++
      return counted(leaf(value))
    }
    report(token, `Say what to look for, as ${token.name}:${operator.example}`)
    return wordLeaf({ ...token, kind: 'word', text: token.name })
  }

  type ReadLeaf = (token: Token & { kind: 'word' | 'phrase' }) => SearchNode | undefined

  function wordLeaf(token: Token & { kind: 'word' | 'phrase' }): SearchNode | undefined {
    const isPhrase = token.kind === 'phrase'
    const text = token.text.normalize('NFC').slice(0, maxTextLength).toWellFormed()
    // Only a letter or number can be found.
    if (!/[\p{L}\p{N}]/u.test(text)) return undefined
    return { kind: 'words', text, isPhrase, isPrefix: !isPhrase && isBeginning(token) }
  }

  function fieldLeaf(name: Token & { kind: 'operator' }, operator: Operator): ReadLeaf {
    return (token) => {
      const text = token.text.normalize('NFC').slice(0, maxTextLength).toWellFormed()
      const node = operator.read({ text, isPrefix: token.kind === 'word' && isBeginning(token) }, now)
      if (node) return node
      report(
        { at: name.at, end: token.end },
        `${name.name}: takes ${operator.takes}, as ${name.name}:${operator.example}`,
      )
      return wordLeaf(token)
    }
  }

  const isBeginning = ({ text, end }: { text: string; end: number }) =>
    text.endsWith('*') || !/[\p{L}\p{N}]/u.test(typed.slice(end))

  function counted(node: SearchNode | undefined): SearchNode | undefined {
    if (node) leaves++
    if (leaves === maxLeaves + 1) problems.push({ column: 1, length: typed.length, message: tooMany })
    return leaves > maxLeaves ? undefined : node
  }

  return { query, problems }
}

const tooMany = `Only the first ${maxLeaves} words and operators are looked for.`

function joined(kind: 'all' | 'any', nodes: readonly SearchNode[]): SearchNode | undefined {
  if (nodes.length <= 1) return nodes[0]
  return { kind, nodes: nodes.flatMap((node) => (node.kind === kind ? node.nodes : [node])) }
}

/** What is not wanted is not guessed while it is typed. */
function withoutPrefixes(node: SearchNode): SearchNode {
  if (node.kind === 'not') return { ...node, node: withoutPrefixes(node.node) }
  if ('nodes' in node) return { ...node, nodes: node.nodes.map(withoutPrefixes) }
  return 'isPrefix' in node && !node.text.endsWith('*') ? { ...node, isPrefix: false } : node
}
