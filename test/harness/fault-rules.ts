/** Who speaks: a direction of a proxied connection. */
export type Side = 'client' | 'server'

/**
 * Where a fault strikes. Lines are matched whole, without their line end, byte for byte as Latin-1 and after
 * rewriting; bytes inside of IMAP literals belong to no line. Behind TLS only `bytes` alone works.
 */
export type Point = {
  from: Side
  line?: RegExp
  /** That many bytes beyond the matching line; without `line`, beyond the connection's start or the rule's making. */
  bytes?: number
  /** Of a matching line: `after` it was passed on (the default), or `before`. */
  moment?: 'before' | 'after'
}

/** What can go wrong. Rules strike in the order in which they were added. */
export type Fault =
  /** Ends the connection on both sides: `close` still delivers what was passed on before, `reset` may lose it. */
  | ({ fault: 'cut'; how?: 'close' | 'reset' } & Point)
  /** Passes nothing on any more in either direction, like a dead network, until the rule is removed. */
  | ({ fault: 'stall' } & Point)
  /** Says `text` to the client, with its line end, as soon as no response of the server is under way. */
  | ({ fault: 'inject'; text: string } & Point)
  /**
   * Swallows a client's command and answers it: in IMAP `command` is matched without the tag and the answer gets it;
   * `untagged` lines come first.
   */
  | { fault: 'answer'; command: RegExp; answer: string; untagged?: string[] }
  /** Replaces what `line` matches, as String.replace does. */
  | { fault: 'rewrite'; from: Side; line: RegExp; to: string }
  /** Passes everything on later; in both directions unless `from` is given: 20 ms make a round trip of 40 ms. */
  | { fault: 'delay'; ms: number; from?: Side }

/** `once` by default, over all connections, except for `rewrite` and `delay`. */
export type Rule = Fault & { repeat?: 'once' | 'always' }

export type ActiveRule<R extends Rule = Rule> = {
  readonly rule: R
  /** How often it has struck. */
  readonly hits: number
  /** It never strikes again; connections that it stalled go on. */
  remove(): void
}

export type RuleOf<F extends Rule['fault']> = Extract<Rule, { fault: F }>
export type PointRule = RuleOf<'cut' | 'stall' | 'inject'>

/** The rules of a proxy, shared by its connections. */
export function createRules(onRemoved: (rule: Rule) => void) {
  const active: { rule: Rule; hits: number }[] = []

  function remove(rule: Rule): void {
    const index = active.findIndex((entry) => entry.rule === rule)
    if (index >= 0) active.splice(index, 1)
  }
  return {
    add(given: Rule): ActiveRule {
      // A copy: the same object may be added twice.
      const entry = { rule: { ...given }, hits: 0 }
      active.push(entry)
      return {
        rule: entry.rule,
        get hits() {
          return entry.hits
        },
        remove() {
          remove(entry.rule)
          onRemoved(entry.rule)
        },
      }
    },
    clear(): void {
      for (const { rule } of active.splice(0)) onRemoved(rule)
    },
    /** Those that may still strike. */
    of<F extends Rule['fault']>(...faults: F[]): RuleOf<F>[] {
      const wanted: readonly string[] = faults
      return active.map(({ rule }) => rule).filter((rule): rule is RuleOf<F> => wanted.includes(rule.fault))
    },
    /** False when another connection has used up a rule that strikes once. */
    strike(rule: Rule): boolean {
      const entry = active.find((candidate) => candidate.rule === rule)
      if (!entry) return false
      entry.hits++
      const repeat = rule.repeat ?? (rule.fault === 'rewrite' ? 'always' : 'once')
      if (repeat === 'once') remove(rule)
      return true
    },
  }
}

export type Rules = ReturnType<typeof createRules>

/** The server's UIDVALIDITY as the client sees it from now on, in SELECT, STATUS, APPENDUID and COPYUID answers. */
export function changedUidValidity(uidValidity: number): Rule[] {
  const patterns = [/(?<=\[UIDVALIDITY )\d+/i, /(?<=^\* STATUS .*\bUIDVALIDITY )\d+/i, /(?<=\[(?:APPEND|COPY)UID )\d+/i]
  return patterns.map((line) => ({ fault: 'rewrite', from: 'server', line, to: String(uidValidity) }))
}
