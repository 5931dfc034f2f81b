import type { TextOperator } from './condition.ts'
import { createLiteralScanner } from './literal-scanner.ts'
import type { ScannedField } from './message-facts.ts'
import { createPatternScanner } from './regular-expressions.ts'

/** One comparison of a field with a value: the same one in several conditions is made once. */
export type Atom = { id: number; operator: TextOperator; value: string }

export type FieldScanner = {
  /** Marks in `marks` each atom that fits one of `texts`. */
  scan(texts: readonly string[], marks: Uint8Array): Promise<void>
  readonly work: number
}

/** Texts are compared without regard to case. */
export const fold = (text: string): string => text.normalize('NFC').toLowerCase()

/** Looks through the texts of a field once for all conditions that read it; `memoryBytes` for its expressions. */
export function createFieldScanner(field: ScannedField, atoms: readonly Atom[], memoryBytes: number): FieldScanner {
  const literals = (operator: TextOperator) =>
    atoms.filter((atom) => atom.operator === operator).map(({ id, value }) => ({ id, text: fold(value) }))
  const contained = createLiteralScanner(literals('contains'))
  const [starts, ends] = [literals('starts_with'), literals('ends_with')]
  const equal = byText(literals('equals'))
  const patterns = createPatternScanner(
    field,
    atoms.filter(({ operator }) => operator === 'matches').map(({ id, value }) => ({ id, text: value })),
    memoryBytes,
  )
  return {
    work: patterns.work,
    async scan(texts, marks) {
      const mark = (id: number) => {
        marks[id] = 1
      }
      for (const text of texts.map(fold)) {
        contained.scan(text, mark)
        for (const id of equal.get(text) ?? []) mark(id)
        for (const literal of starts) if (text.startsWith(literal.text)) mark(literal.id)
        for (const literal of ends) if (text.endsWith(literal.text)) mark(literal.id)
      }
      await patterns.scan(texts, mark)
    },
  }
}

function byText(literals: readonly { id: number; text: string }[]): Map<string, number[]> {
  const ids = new Map<string, number[]>()
  for (const { id, text } of literals) ids.set(text, [...(ids.get(text) ?? []), id])
  return ids
}
