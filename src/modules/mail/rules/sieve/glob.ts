import type { TextOperator } from '../matching/condition.ts'

type Piece = { text: string } | { wildcard: '*' | '?' }

/** RFC 5228 §2.7.1: `*` is any text, `?` any character, a backslash takes both for what they are. */
function piecesOf(glob: string): Piece[] {
  const pieces: Piece[] = []
  for (let at = 0; at < glob.length; at++) {
    const character = glob.charAt(at)
    if (character === '*' || character === '?') pieces.push({ wildcard: character })
    else {
      const isEscaped = character === '\\' && at + 1 < glob.length
      if (isEscaped) at++
      const last = pieces.at(-1)
      const text = isEscaped ? glob.charAt(at) : character
      if (last && 'text' in last) last.text += text
      else pieces.push({ text })
    }
  }
  return pieces
}

const shapes: Readonly<Record<string, TextOperator>> = {
  ...{ t: 'equals', 't*': 'starts_with', '*t': 'ends_with', '*t*': 'contains' },
}

export type Comparison = { operator: TextOperator; value: string }

/** What a pattern of `:matches` comes to: an operator of rules where one says the same, else an expression. */
export function comparisonOfGlob(glob: string): Comparison {
  const pieces = piecesOf(glob)
  const shape = pieces.map((piece) => ('text' in piece ? 't' : piece.wildcard)).join('')
  const text = pieces.map((piece) => ('text' in piece ? piece.text : '')).join('')
  const operator = shapes[shape]
  return operator ? { operator, value: text } : { operator: 'matches', value: `(?s)^${expressionOfGlob(glob)}$` }
}

/** The same as an expression, without anchors. */
export const expressionOfGlob = (glob: string): string =>
  piecesOf(glob)
    .map((piece) => ('text' in piece ? quoted(piece.text) : piece.wildcard === '*' ? '.*' : '.'))
    .join('')

/** A text as an expression that matches just it. */
export const quoted = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')

/** A text as a pattern that matches just it. */
export const escapedGlob = (text: string): string => text.replaceAll(/[\\*?]/g, '\\$&')
