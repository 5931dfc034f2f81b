import { SieveError, sieveTokens, type Token } from './sieve-tokens.ts'

/** A script as its grammar reads it (RFC 5228 §8.2). */
export type Argument =
  | { kind: 'tag'; name: string }
  | { kind: 'number'; value: number }
  | { kind: 'strings'; values: string[] }

export type SieveTest = { name: string; args: Argument[]; tests: SieveTest[]; line: number }

export type SieveCommand = SieveTest & {
  block: SieveCommand[] | undefined
  /** The name that a comment gives it. */
  ruleName: string | undefined
}

/** Deeper than people write, and shallower than a stack. */
const maxDepth = 30
const maxCommands = 5000

/** @throws SieveError naming the line. */
export function parseSieve(script: string): SieveCommand[] {
  const tokens = [...sieveTokens(script)]
  let at = 0
  let count = 0
  const peek = (): Token | undefined => tokens[at]
  const lineOf = () => (peek() ?? tokens.at(-1))?.line ?? 1
  const isNext = (text: string): boolean => {
    const token = peek()
    return token?.kind === 'punctuation' && token.text === text
  }
  const expect = (text: string): void => {
    if (!isNext(text)) throw new SieveError(lineOf(), `lacks ${text}`)
    at++
  }

  function identifier(what: string): { name: string; line: number } {
    const token = peek()
    if (token?.kind !== 'identifier') throw new SieveError(lineOf(), `lacks ${what}`)
    at++
    return { name: token.text, line: token.line }
  }

  function strings(): string[] {
    const values: string[] = []
    expect('[')
    for (;;) {
      const token = peek()
      if (token?.kind !== 'string') throw new SieveError(lineOf(), 'lacks a string in a list')
      values.push(token.text)
      at++
      if (isNext(']')) break
      expect(',')
    }
    expect(']')
    return values
  }

  function argument(): Argument | undefined {
    const token = peek()
    if (isNext('[')) return { kind: 'strings', values: strings() }
    if (token?.kind === 'tag') {
      at++
      return { kind: 'tag', name: token.text }
    }
    if (token?.kind === 'number') {
      at++
      return { kind: 'number', value: token.value }
    }
    if (token?.kind !== 'string') return undefined
    at++
    return { kind: 'strings', values: [token.text] }
  }

  function test(depth: number): SieveTest {
    if (depth > maxDepth) throw new SieveError(lineOf(), 'nests too deep')
    const { name, line } = identifier('a test')
    return { name, line, ...rest(depth) }
  }

  /** Arguments, and then one test or a list of them. */
  function rest(depth: number): { args: Argument[]; tests: SieveTest[] } {
    const args: Argument[] = []
    for (let found = argument(); found; found = argument()) args.push(found)
    const tests: SieveTest[] = []
    if (peek()?.kind === 'identifier') tests.push(test(depth + 1))
    else if (isNext('(')) {
      do {
        at++
        tests.push(test(depth + 1))
      } while (isNext(','))
      expect(')')
    }
    return { args, tests }
  }

  function command(depth: number): SieveCommand {
    if (++count > maxCommands) throw new SieveError(lineOf(), `has more than ${maxCommands} commands`)
    let ruleName: string | undefined
    for (let token = peek(); token?.kind === 'rule_name'; token = peek()) {
      ruleName = token.text
      at++
    }
    const { name, line } = identifier('a command')
    const head = { name, line, ...rest(depth), ruleName }
    if (!isNext('{')) {
      expect(';')
      return { ...head, block: undefined }
    }
    at++
    const block = commands(depth + 1)
    expect('}')
    return { ...head, block }
  }

  function commands(depth: number): SieveCommand[] {
    if (depth > maxDepth) throw new SieveError(lineOf(), 'nests too deep')
    const found: SieveCommand[] = []
    for (;;) {
      while (peek()?.kind === 'rule_name' && isLastName()) at++
      if (peek() === undefined || isNext('}')) return found
      found.push(command(depth))
    }
  }

  /** A name that nothing follows. */
  function isLastName(): boolean {
    const following = tokens.slice(at).find((token) => token.kind !== 'rule_name')
    return following === undefined || (following.kind === 'punctuation' && following.text === '}')
  }

  const script_ = commands(0)
  if (peek() !== undefined) throw new SieveError(lineOf(), 'has a } too many')
  return script_
}

/** Values of a string list at the place `index` among the lists of strings. */
export const stringsOf = ({ args }: Pick<SieveTest, 'args'>, index: number): string[] =>
  args.filter((argument) => argument.kind === 'strings')[index]?.values ?? []

export const hasTag = ({ args }: Pick<SieveTest, 'args'>, name: string): boolean =>
  args.some((argument) => argument.kind === 'tag' && argument.name === name)

/** What follows a tag: `:days 7`. */
export function tagValueOf({ args }: Pick<SieveTest, 'args'>, tag: string): Argument | undefined {
  const at = args.findIndex((argument) => argument.kind === 'tag' && argument.name === tag)
  return at < 0 ? undefined : args[at + 1]
}
