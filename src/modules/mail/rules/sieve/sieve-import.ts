import type { Condition } from '../matching/condition.ts'
import { leavesOf } from '../matching/condition.ts'
import type { RuleAction } from '../rule-action.ts'
import { actionsOfCommand, type SieveNames } from './sieve-actions.ts'
import { parseSieve, type SieveCommand } from './sieve-script.ts'
import { conditionOf, Inexpressible, none } from './sieve-tests.ts'

export type ImportedRule = { name: string; condition: Condition; actions: RuleAction[] }

/** `omitted`: it is in no rule; `approximated`: a rule does nearly that. */
export type ImportNote = { line: number; kind: 'omitted' | 'approximated'; what: string; reason: string }

export type SieveImport = { rules: ImportedRule[]; notes: ImportNote[] }

const maxNesting = 5
const maxLeaves = 100

/**
 * Rules that do what a script does (RFC 5228), and all that they cannot do, each with its line. Branches become rules of
 * their own, those of `else` with the tests before them denied.
 * @throws SieveError for what is no script.
 */
export function importSieve(script: string, names: SieveNames): SieveImport {
  const rules: ImportedRule[] = []
  const notes: ImportNote[] = []
  const note = (line: number, kind: ImportNote['kind'], what: string, reason: string) =>
    notes.push({ line, kind, what, reason })

  /** Undefined when it is beyond rules, which is noted. */
  function attempt<T>(what: string, work: () => T): T | undefined {
    try {
      return work()
    } catch (error) {
      if (!(error instanceof Inexpressible)) throw error
      note(error.line, 'omitted', what, error.message)
      return undefined
    }
  }

  function add(name: string | undefined, guard: readonly Condition[], actions: RuleAction[], line: number): void {
    if (actions.length === 0) return
    const condition = conjunction(guard)
    const isLarge = depthOf(condition) > maxNesting || leavesOf(condition).length > maxLeaves || actions.length > 20
    if (isLarge) return void note(line, 'omitted', 'a branch', 'it nests deeper, or does more, than one rule can')
    rules.push({ name: (name ?? `Sieve, line ${line}`).slice(0, 200), condition, actions })
  }

  /** Commands of one block, to which `guard` leads. */
  function walk(commands: readonly SieveCommand[], guard: readonly Condition[], name: string | undefined): void {
    let pending: { command: SieveCommand }[] = []
    const flush = () => {
      const [first] = pending
      if (first)
        addActions(
          pending.map(({ command }) => command),
          guard,
          first.command.ruleName ?? name,
        )
      pending = []
    }
    for (let at = 0; at < commands.length; at++) {
      const command = commands[at] as SieveCommand
      if (command.name === 'require') continue
      if (command.name !== 'if') {
        pending.push({ command })
        continue
      }
      flush()
      let end = at + 1
      while (['elsif', 'else'].includes(commands[end]?.name ?? '')) end++
      branches(commands.slice(at, end), guard, command.ruleName ?? name)
      at = end - 1
    }
    flush()
  }

  function branches(chain: readonly SieveCommand[], guard: readonly Condition[], name: string | undefined): void {
    const before: Condition[] = []
    for (const branch of chain) {
      const [test] = branch.tests
      const condition = test ? attempt(`the branch at line ${branch.line}`, () => conditionOf(test)) : undefined
      if (test && !condition) {
        const rest = chain.slice(chain.indexOf(branch) + 1)
        for (const { line } of rest)
          note(line, 'omitted', `the branch at line ${line}`, 'it depends on one that is omitted')
        return
      }
      const denied = before.length > 0 ? [none([...before])] : []
      walk(branch.block ?? [], [...guard, ...denied, ...(condition ? [condition] : [])], branch.ruleName ?? name)
      if (condition) before.push(condition)
    }
  }

  function addActions(commands: readonly SieveCommand[], guard: readonly Condition[], name: string | undefined): void {
    const line = commands[0]?.line ?? 1
    const isKept = commands.some((command) => command.name === 'keep')
    // A message that is filed twice is copied, and moved the last time.
    const lastFiling = commands.findLastIndex((command) => command.name === 'fileinto')
    const actions = commands.flatMap((command, at) => {
      const isCopied = isKept || (command.name === 'fileinto' && at < lastFiling)
      const translated = attempt(`${command.name} at line ${command.line}`, () =>
        actionsOfCommand(command, names, isCopied),
      )
      if (translated?.approximation) note(command.line, 'approximated', command.name, translated.approximation)
      return translated?.actions ?? []
    })
    // Stopping is for those who did something: without what is omitted the rules after it are to have their turn.
    const isOnlyStop = actions.every(({ type }) => type === 'stop') && commands.length > actions.length && !isKept
    add(name, guard, isOnlyStop ? [] : actions, line)
  }

  walk(parseSieve(script), [], undefined)
  return { rules, notes }
}

function conjunction(guard: readonly Condition[]): Condition {
  const [first, ...others] = guard
  if (!first) return { match: 'all', conditions: [] }
  return others.length === 0 ? first : { match: 'all', conditions: [...guard] }
}

const depthOf = (condition: Condition): number =>
  'match' in condition ? 1 + Math.max(0, ...condition.conditions.map(depthOf)) : 0
