import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { RE2JS } from 're2js'
import { createRandom } from '../../../../../bench/harness/random.ts'
import { randomCondition, randomFacts } from '../../../../../test/fixtures/random-rules.ts'
import { fc } from '../../../../../test/harness/properties.ts'
import { startStopwatch } from '../../../../../test/harness/stopwatch.ts'
import { type Condition, isGroup, type Leaf } from './condition.ts'
import { reasonsOf } from './explanation.ts'
import { isTextLeaf, scannedFieldOf, verdictOf } from './leaf.ts'
import { createLiteralScanner } from './literal-scanner.ts'
import { type MessageFacts, textsOf } from './message-facts.ts'
import { compileProgram } from './program.ts'
import { checkPattern } from './regular-expressions.ts'

const facts = randomFacts(createRandom(1))

/** What a condition means, said as plainly as can be. */
function holds(condition: Condition, message: MessageFacts): boolean {
  if (!isGroup(condition)) return leafHolds(condition, message)
  const verdicts = condition.conditions.map((child) => holds(child, message))
  if (condition.match === 'all') return verdicts.every(Boolean)
  return condition.match === 'any' ? verdicts.some(Boolean) : !verdicts.some(Boolean)
}

const folded = (text: string) => text.normalize('NFC').toLowerCase()
const fits: Readonly<Record<string, (text: string, value: string) => boolean>> = {
  equals: (text, value) => folded(text) === folded(value),
  contains: (text, value) => folded(text).includes(folded(value)),
  starts_with: (text, value) => folded(text).startsWith(folded(value)),
  ends_with: (text, value) => folded(text).endsWith(folded(value)),
  matches: (text, value) => RE2JS.compile(value, RE2JS.CASE_INSENSITIVE).test(text),
}

function leafHolds(leaf: Leaf, message: MessageFacts): boolean {
  if (!isTextLeaf(leaf)) return verdictOf(leaf, message) === true
  const texts = textsOf(message, scannedFieldOf(leaf))
  return leaf.values.some((value) => texts.some((text) => fits[leaf.operator]?.(text, value)))
}

async function verdictsOf(conditions: readonly Condition[], message: MessageFacts) {
  const program = compileProgram(conditions)
  const matching = program.begin(message)
  const verdicts: (boolean | undefined)[] = conditions.map(() => false)
  for (let from = 0; ; ) {
    const decided = await program.next(matching, from)
    if (!decided) break
    verdicts[decided.at] = decided.verdict
    from = decided.at + 1
  }
  return { verdicts, matching, program }
}

const decide = async (condition: Condition, message: Partial<MessageFacts>) =>
  (await verdictsOf([condition], { ...facts, ...message })).verdicts[0]

suite('matching', () => {
  test('all rules together decide as each by itself, whatever the rules and messages', async () => {
    const random = createRandom(7)
    for (let round = 0; round < 100; round++) {
      const conditions = Array.from({ length: 30 }, () => randomCondition(random))
      const message = randomFacts(random)
      const { verdicts } = await verdictsOf(conditions, message)
      assert.deepEqual(
        verdicts,
        conditions.map((condition) => holds(condition, message)),
        `round ${round}`,
      )
    }
  })

  test('what is given for a reason decides: by it alone the verdict would be the same', async () => {
    const random = createRandom(8)
    for (let round = 0; round < 300; round++) {
      const condition = randomCondition(random)
      const message = randomFacts(random)
      const { verdicts, matching, program } = await verdictsOf([condition], message)
      const [compiled] = program.conditions
      assert.ok(compiled)
      const reasons = reasonsOf(compiled, matching)
      assert.ok(reasons.length > 0)
      for (const reason of reasons) assert.equal(holds(reason.condition, message), reason.isFulfilled)
      assert.equal(verdictBy(condition, '', new Map(reasons.map((one) => [one.path, one.isFulfilled]))), verdicts[0])
    }
  })

  test('what is not known yet leaves open only what depends on it', async () => {
    const unknown = { body: undefined, headers: undefined }
    const body: Condition = { field: 'body', operator: 'contains', values: ['x'] }
    const header: Condition = { field: 'header', name: 'X', operator: 'contains', values: ['x'] }
    const subject = (value: string): Condition => ({ field: 'subject', operator: 'equals', values: [value] })
    const message = { ...unknown, subject: 'yes' }
    assert.equal(await decide(body, message), undefined)
    assert.equal(await decide({ match: 'all', conditions: [body, header, subject('no')] }, message), false)
    assert.equal(await decide({ match: 'any', conditions: [body, header, subject('yes')] }, message), true)
    assert.equal(await decide({ match: 'none', conditions: [body, subject('yes')] }, message), false)
    assert.equal(await decide({ match: 'none', conditions: [header, subject('no')] }, message), undefined)
  })

  test('no field is looked through whose outcome does not matter', async () => {
    const condition: Condition = {
      match: 'all',
      conditions: [
        { field: 'body', operator: 'contains', values: ['x'] },
        { field: 'subject', operator: 'equals', values: ['no'] },
      ],
    }
    const { verdicts, matching } = await verdictsOf([condition], { ...facts, subject: 'yes' })
    assert.deepEqual([verdicts, [...matching.scanned]], [[false], ['subject']])
  })

  test('addresses are compared as address, as name, and as they are written; lists by what identifies them', async () => {
    const from = { name: 'Ann Author', email: 'ann@example.org' }
    const fromIs = (operator: 'equals' | 'ends_with' | 'starts_with', value: string) =>
      decide({ field: 'from', operator, values: [value] }, { from })
    assert.ok(await fromIs('equals', 'ANN@example.org'))
    assert.ok(await fromIs('equals', 'ann author'))
    assert.ok(await fromIs('ends_with', '@example.org'))
    assert.ok(await fromIs('starts_with', 'Ann Author <ann@'))
    const headers = [{ name: 'list-id', value: 'The lake <lake.lists.example>' }]
    assert.ok(await decide({ field: 'list_id', operator: 'equals', values: ['Lake.Lists.example'] }, { headers }))
  })

  test('a time of day is that of its zone, summer time and all', async () => {
    const receivedAt = new Date('2026-07-01T06:15:00Z')
    const before = (time: string, time_zone: string) =>
      decide({ field: 'time_of_day', operator: 'less_than', time, time_zone }, { receivedAt })
    assert.deepEqual([await before('06:16', 'UTC'), await before('08:15', 'Europe/Paris')], [true, false])
    assert.ok(await before('08:16', 'Europe/Paris'))
    const midnight = { receivedAt: new Date('2026-07-01T00:00:00Z') }
    assert.ok(await decide({ field: 'time_of_day', operator: 'less_than', time: '00:01', time_zone: 'UTC' }, midnight))
  })

  test('literals are found in one pass as one by one', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'é'), maxLength: 6 })
    fc.assert(
      fc.property(
        fc.array(letters, { maxLength: 20 }),
        fc.string({ unit: fc.constantFrom('a', 'b', 'é', 'c') }),
        (literals, text) => {
          const scanner = createLiteralScanner(literals.map((literal, id) => ({ id, text: literal })))
          for (let turn = 0; turn < 2; turn++) {
            const found: number[] = []
            scanner.scan(text, (id) => found.push(id))
            const expected = literals.flatMap((literal, id) => (text.includes(literal) ? [id] : []))
            assert.deepEqual(
              found.toSorted((a, b) => a - b),
              expected,
            )
          }
        },
      ),
      { seed: 1, numRuns: 300 },
    )
  })

  test('a thousand literals that end in each other cost no more than the text is long', () => {
    const literals = Array.from({ length: 1000 }, (_, length) => ({ id: length, text: 'a'.repeat(length + 1) }))
    const scanner = createLiteralScanner(literals)
    let count = 0
    const stopwatch = startStopwatch()
    scanner.scan('a'.repeat(600_000), () => count++)
    assert.equal(count, 1000)
    assert.ok(stopwatch.elapsedMs() < 2000)
  })

  test('expressions that ruin others do no harm', async () => {
    const hostile = ['(a+)+$', '(a|a)*$', '(.*a){20}$', '^(([a-z])+.)+[A-Z]([a-z])+$', '[a-f].{150}z', '(a?){30}a{30}']
    const conditions = hostile.map((pattern): Condition => ({ field: 'body', operator: 'matches', values: [pattern] }))
    const stopwatch = startStopwatch()
    await verdictsOf(conditions, { ...facts, body: `${'a'.repeat(300_000)}!` })
    assert.ok(stopwatch.elapsedMs() < 5000)
  })

  test('while expressions take long, others have their turn', async () => {
    const conditions = Array.from(
      { length: 60 },
      (_, n): Condition => ({ field: 'body', operator: 'matches', values: [`[a-f].{${120 + n}}z`] }),
    )
    let turns = 0
    const timer = setInterval(() => turns++, 1)
    await verdictsOf(conditions, { ...facts, body: 'abcdefghijklm'.repeat(3000) })
    clearInterval(timer)
    assert.ok(turns > 1)
  })

  test('what is no expression, or would take too much, is refused with the reason', () => {
    const fault = (pattern: string) => (checkPattern(pattern) as { fault?: string }).fault ?? ''
    assert.match(fault('(a'), /missing closing \)/)
    assert.match(fault('(?=a)'), /RE2/)
    assert.match(fault('(a{0,1000}){0,1000}'), /RE2|large/)
    assert.match(fault('a{600}b{600}'), /large/)
    assert.match(fault('x'.repeat(501)), /longer/)
    assert.equal(fault('^re: .*[0-9]{4}$'), '')
  })
})

/** The verdict where only the conditions at these paths are known. */
function verdictBy(condition: Condition, path: string, known: ReadonlyMap<string, boolean>): boolean | undefined {
  const own = known.get(path)
  if (own !== undefined || !isGroup(condition)) return own
  const verdicts = condition.conditions.map((child, at) =>
    verdictBy(child, `${path === '' ? '' : `${path}.`}conditions.${at}`, known),
  )
  const sought = condition.match !== 'all'
  const found = verdicts.includes(sought) ? sought : verdicts.includes(undefined) ? undefined : !sought
  return condition.match === 'none' && found !== undefined ? !found : found
}
