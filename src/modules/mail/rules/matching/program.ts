import { type Condition, isGroup, type Leaf, leavesOf } from './condition.ts'
import { type Atom, createFieldScanner, type FieldScanner } from './field-scanner.ts'
import { isTextLeaf, needsOf, scannedFieldOf, type Verdict, verdictOf } from './leaf.ts'
import { isKnown, type MessageFacts, type Needs, type ScannedField, textsOf } from './message-facts.ts'

/** A condition made for being decided often. */
export type CompiledCondition = {
  readonly decide: (matching: Matching) => Verdict
  /** Of `condition`, as `conditions.0.conditions.2`; empty for the condition itself. */
  readonly path: string
  readonly condition: Condition
  readonly children: readonly CompiledCondition[]
}

/** What is known of one message while its rules are decided. */
export type Matching = {
  readonly facts: MessageFacts
  readonly marks: Uint8Array
  readonly scanned: Set<ScannedField>
  /** The field, not looked through yet, that would decide a condition; the cheapest that was met. */
  wanted: ScannedField | undefined
}

/** `verdict` is undefined for what cannot be decided. */
export type Decided = { at: number; verdict: true | undefined }

export type Program = {
  /** In the order of the conditions given. */
  readonly conditions: readonly CompiledCondition[]
  readonly needs: Needs
  /** What its regular expressions take at most, in instructions times characters. */
  readonly work: number
  /** Begins with a message of which nothing has been looked through. */
  begin(facts: MessageFacts): Matching
  /**
   * The first condition from the place `from` that is fulfilled, or that cannot be decided from what is known. Looks
   * through no field whose outcome does not matter, and through none twice.
   */
  next(matching: Matching, from: number): Promise<Decided | undefined>
}

/** What a program keeps of the states of its expressions. */
const maxMemoryBytes = 8 * 1024 * 1024

/** Compiles the conditions of all rules together: each field of a message is looked through once for all of them. */
export function compileProgram(conditions: readonly Condition[]): Program {
  const atoms = createAtoms()
  const compiled = conditions.map((condition) => compile(condition, '', atoms))
  const fields = [...atoms.byField].map(([field, ofField]) => ({ field, atoms: [...ofField.values()] }))
  const withPatterns = fields.filter((one) => one.atoms.some(({ operator }) => operator === 'matches'))
  const memoryBytes = maxMemoryBytes / Math.max(1, withPatterns.length)
  const scanners = new Map<ScannedField, FieldScanner>(
    fields.map((one) => [one.field, createFieldScanner(one.field, one.atoms, memoryBytes)]),
  )
  return {
    conditions: compiled,
    needs: needsOf(conditions.flatMap(leavesOf)),
    work: [...scanners.values()].reduce((sum, { work }) => sum + work, 0),
    begin: (facts) => ({ facts, marks: new Uint8Array(atoms.count()), scanned: new Set(), wanted: undefined }),
    async next(matching, from) {
      for (let at = from; at < compiled.length; ) {
        matching.wanted = undefined
        const verdict = compiled[at]?.decide(matching)
        const { wanted } = matching
        if (verdict !== undefined || wanted === undefined) {
          if (verdict !== false) return { at, verdict }
          at++
          continue
        }
        matching.scanned.add(wanted)
        await scanners.get(wanted)?.scan(textsOf(matching.facts, wanted), matching.marks)
      }
      return undefined
    },
  }
}

/** One number for each different comparison of a field. */
function createAtoms() {
  const byField = new Map<ScannedField, Map<string, Atom>>()
  let count = 0
  return {
    byField,
    count: () => count,
    idOf(field: ScannedField, { operator, value }: Omit<Atom, 'id'>): number {
      const ofField = byField.get(field) ?? new Map<string, Atom>()
      byField.set(field, ofField)
      const key = `${operator} ${value}`
      const atom = ofField.get(key) ?? { id: count++, operator, value }
      ofField.set(key, atom)
      return atom.id
    },
  }
}

type Atoms = ReturnType<typeof createAtoms>

function compile(condition: Condition, path: string, atoms: Atoms): CompiledCondition {
  if (!isGroup(condition)) return { condition, path, children: [], decide: compileLeaf(condition, atoms) }
  const below = (at: number) => `${path === '' ? '' : `${path}.`}conditions.${at}`
  const children = condition.conditions.map((child, at) => compile(child, below(at), atoms))
  const decideAny = (matching: Matching) => anyOf(children, matching, true)
  const decide = {
    any: decideAny,
    none: (matching: Matching) => not(decideAny(matching)),
    all: (matching: Matching) => not(anyOf(children, matching, false)),
  }[condition.match]
  return { condition, path, children, decide }
}

const not = (verdict: Verdict): Verdict => (verdict === undefined ? undefined : !verdict)

/** Whether one of them is `sought`; one that is decides, whatever cannot be decided before it. */
function anyOf(children: readonly CompiledCondition[], matching: Matching, sought: boolean): Verdict {
  let isOpen = false
  for (const child of children) {
    const verdict = child.decide(matching)
    if (verdict === sought) return true
    isOpen ||= verdict === undefined
  }
  return isOpen ? undefined : false
}

function compileLeaf(leaf: Leaf, atoms: Atoms): (matching: Matching) => Verdict {
  if (!isTextLeaf(leaf)) return ({ facts }) => verdictOf(leaf, facts)
  const field = scannedFieldOf(leaf)
  const ids = [...new Set(leaf.values)].map((value) => atoms.idOf(field, { operator: leaf.operator, value }))
  return (matching) => {
    if (matching.scanned.has(field)) return ids.some((id) => matching.marks[id] === 1)
    if (!isKnown(matching.facts, field)) return undefined
    if (matching.wanted === undefined || matching.wanted === 'body') matching.wanted = field
    return undefined
  }
}
