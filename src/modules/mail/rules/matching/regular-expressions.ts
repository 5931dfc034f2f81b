import { RE2JS, RE2Set } from 're2js'
import type { ScannedField } from './message-facts.ts'

/**
 * RE2's syntax and its promise: time grows with the length of the text, never beyond. What is left, a constant for each
 * instruction of the compiled expressions and each character of the text, is bounded here.
 */

const maxPatternLength = 500
/** Instructions of one expression. */
const maxPatternInstructions = 1000
/** Instructions times characters that are looked through without a pause: about an eighth of a second at worst. */
const maxWorkAtOnce = 8_000_000
/** The same over all expressions of an owner, for one message. */
export const maxWork = 130_000_000

/** Characters of a field that expressions read. */
export const readLengthOf = (field: ScannedField): number => readLengths[field] ?? 8192

const readLengths: Readonly<Partial<Record<ScannedField, number>>> = {
  body: 32_768,
  subject: 1024,
  from: 2048,
  list_id: 1024,
  to: 16_384,
  cc: 16_384,
  recipient: 16_384,
}

export type CompiledPattern = { instructions: number } | { fault: string }

/** Whether a pattern can be used, and how much it takes. */
export function checkPattern(pattern: string): CompiledPattern {
  if (pattern.length > maxPatternLength) return { fault: `is longer than ${maxPatternLength} characters` }
  try {
    const { instructions } = compile([pattern])
    return instructions > maxPatternInstructions ? { fault: 'is too large; repeat less in it' } : { instructions }
  } catch (error) {
    return { fault: `is not a regular expression of RE2 (${messageOf(error)})` }
  }
}

const messageOf = (error: unknown): string =>
  (error instanceof Error ? error.message : 'unknown').replace(/^error parsing regexp: /, '').slice(0, 200)

/** `memoryBytes`: of states that the machine keeps once they are made; with few it has to make them again and again. */
function compile(patterns: readonly string[], memoryBytes = 64 * 1024): { set: RE2Set; instructions: number } {
  const set = new RE2Set(RE2Set.UNANCHORED, RE2JS.CASE_INSENSITIVE, memoryBytes)
  for (const pattern of patterns) set.add(pattern)
  set.compile()
  return { set, instructions: set.prog.numInst() }
}

export type PatternScanner = {
  /** Calls `found` for each pattern that matches one of `texts`; pauses between pieces of work. */
  scan(texts: readonly string[], found: (id: number) => void): Promise<void>
  /** Instructions times characters at most. */
  readonly work: number
}

/** Many patterns over one field, by as few machines as the bound on work without a pause allows. */
export function createPatternScanner(
  field: ScannedField,
  patterns: readonly { text: string; id: number }[],
  memoryBytes: number,
): PatternScanner {
  const readLength = readLengthOf(field)
  const groups = groupsOf(patterns, { maxInstructions: Math.floor(maxWorkAtOnce / readLength), memoryBytes })
  return {
    work: groups.reduce((sum, { instructions }) => sum + instructions * readLength, 0),
    async scan(texts, found) {
      let resumedAt = performance.now()
      for (const { set, ids } of groups) {
        let left = readLength
        for (const text of texts) {
          const read = text.slice(0, left)
          for (const at of set.match(read)) found(ids[at] ?? -1)
          left -= read.length
          if (left <= 0) break
        }
        if (performance.now() - resumedAt < 20) continue
        await new Promise((resume) => setImmediate(resume))
        resumedAt = performance.now()
      }
    },
  }
}

type PatternGroup = { set: RE2Set; ids: number[]; instructions: number }

function groupsOf(
  patterns: readonly { text: string; id: number }[],
  { maxInstructions, memoryBytes }: { maxInstructions: number; memoryBytes: number },
): PatternGroup[] {
  const groups: { text: string; id: number }[][] = []
  let size = Number.POSITIVE_INFINITY
  for (const pattern of patterns) {
    const { instructions } = compile([pattern.text])
    if (size + instructions > maxInstructions) {
      groups.push([])
      size = 0
    }
    groups.at(-1)?.push(pattern)
    size += instructions
  }
  return groups.map((group) => ({
    ...compile(
      group.map(({ text }) => text),
      memoryBytes / groups.length,
    ),
    ids: group.map(({ id }) => id),
  }))
}
