import { stemsOf } from './stems.ts'
import { isPairScript, wordsOf } from './words.ts'

/** What is to be found, as the search module reads it from what somebody typed. */
export type WordTree =
  | { kind: 'words'; text: string; isPhrase: boolean; isPrefix: boolean }
  | { kind: 'not'; node: WordTree }
  | { kind: 'all' | 'any'; nodes: readonly WordTree[] }

/**
 * A tsquery, as text, for what holds all that is wanted; the counterpart of `createWordIndex`. The words of a phrase, and
 * those that are written together (`well-known`, `ann@example.org`), stand next to each other; with `isPrefix` the last
 * word is a beginning. A single word is found in its other forms too, unless it stands in quotes or is not wanted. What
 * has no words is left out; empty when nothing is left.
 */
export const wordQuery = (tree: WordTree, { isExact = false } = {}): string => {
  if (tree.kind === 'words') return leafQuery(tree, isExact)
  if (tree.kind === 'not') {
    const inner = wordQuery(tree.node, { isExact: true })
    return inner && `!(${inner})`
  }
  const parts = tree.nodes.map((node) => wordQuery(node, { isExact })).filter((part) => part !== '')
  return parts.length < 2 ? (parts[0] ?? '') : `(${parts.join(tree.kind === 'all' ? ' & ' : ' | ')})`
}

type Node = { kind: string; node?: Node; nodes?: readonly Node[] }

/** Whether nothing but words is looked for. */
export function isWordTree<T extends Node>(tree: T): tree is T & WordTree {
  if (tree.kind === 'words') return true
  return tree.nodes ? tree.nodes.every(isWordTree) : tree.node !== undefined && isWordTree(tree.node)
}

/** Whether finding it means to look at where words stand, which no index knows. */
export function isPhrasal(tree: WordTree): boolean {
  if (tree.kind === 'words') return wordsOf(tree.text).length > 1
  return tree.kind === 'not' ? isPhrasal(tree.node) : tree.nodes.some(isPhrasal)
}

/**
 * What the index alone can answer of it: phrases as words that stand anywhere, and nothing of what is not wanted. It finds
 * all that `wordQuery` does, and more; empty when it would find everything.
 */
export function looseQuery(tree: WordTree): string {
  if (tree.kind === 'words') return leafQuery(tree, false).replaceAll(' <-> ', ' & ')
  if (tree.kind === 'not') return ''
  const parts = tree.nodes.map(looseQuery)
  if (tree.kind === 'any' && parts.includes('')) return ''
  const found = parts.filter((part) => part !== '')
  return found.length < 2 ? (found[0] ?? '') : `(${found.join(tree.kind === 'all' ? ' & ' : ' | ')})`
}

/** The same for one text: its words next to each other. */
export const phraseQuery = (text: string): string => leafQuery({ text, isPhrase: true, isPrefix: false }, true)

type Leaf = { text: string; isPhrase: boolean; isPrefix: boolean }

function leafQuery({ text, isPhrase, isPrefix }: Leaf, isExact: boolean): string {
  const words = wordsOf(text)
  const last = words.at(-1)
  if (last === undefined) return ''
  const isBeginning = isPrefix || (isPairScript(last) && [...last].length === 1)
  const sequence = `${words.map(quoted).join(' <-> ')}${isBeginning ? ':*' : ''}`
  const stems = isExact || isPhrase || words.length > 1 ? [] : stemsOf(last)
  if (stems.length === 0) return words.length > 1 ? `(${sequence})` : sequence
  return `(${[sequence, ...stems.map(quoted)].join(' | ')})`
}

const quoted = (word: string) => `'${word.replace(/['\\]/g, '$&$&')}'`
