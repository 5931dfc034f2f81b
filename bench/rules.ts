import { type Condition, isGroup } from '../src/modules/mail/rules/matching/condition.ts'
import { fold } from '../src/modules/mail/rules/matching/field-scanner.ts'
import { isTextLeaf, scannedFieldOf } from '../src/modules/mail/rules/matching/leaf.ts'
import { type MessageFacts, textsOf } from '../src/modules/mail/rules/matching/message-facts.ts'
import { compileProgram, type Program } from '../src/modules/mail/rules/matching/program.ts'
import { median } from './harness/median.ts'
import { createRandom, createWords } from './harness/random.ts'
import { printVerdicts } from './harness/verdict.ts'

/**
 * What a thousand rules cost for each message: over headers all together, against one rule after another with
 * JavaScript's own strings and expressions; and over bodies, against one rule alone. `node bench/rules.ts`
 */
const random = createRandom(20_260_523)
const word = createWords(random, 5000)
const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
const words = (count: number) => Array.from({ length: count }, word).join(' ')
const people = Array.from({ length: 3000 }, () => ({ name: words(2), email: `${word()}@${word()}.example` }))

const message = (): MessageFacts => ({
  ...{ from: pick(people), to: [pick(people), pick(people)], cc: random() < 0.3 ? [pick(people)] : [], bcc: [] },
  ...{ subject: words(8), sizeBytes: 20_000, receivedAt: new Date('2026-05-23T09:00:00Z'), isReply: random() < 0.5 },
  attachments: random() < 0.2 ? [{ name: `${word()}.pdf`, type: 'application/pdf' }] : [],
  headers: [
    ...['received', 'received', 'dkim-signature', 'x-mailer'].map((name) => ({ name, value: words(20) })),
    { name: 'list-id', value: `<${word()}.lists.example>` },
  ],
  body: words(400),
  ...{ language: 'en', isContact: random() < 0.3, isNewSender: random() < 0.1, authentication: { verdict: 'pass' } },
})

/** As people write them: senders and lists, words of subjects, now and then an expression, some of them nested. */
function headerRule(): Condition {
  const leaf = pick<() => Condition>([
    () => ({ field: 'from', operator: 'equals', values: [pick(people).email] }),
    () => ({ field: 'from', operator: 'ends_with', values: [`@${word()}.example`] }),
    () => ({ field: 'subject', operator: 'contains', values: [words(2), word()] }),
    () => ({ field: 'subject', operator: 'starts_with', values: [word()] }),
    () => ({ field: 'recipient', operator: 'contains', values: [pick(people).email] }),
    () => ({ field: 'list_id', operator: 'equals', values: [`${word()}.lists.example`] }),
    () => ({ field: 'header', name: 'X-Mailer', operator: 'contains', values: [word()] }),
    () => ({ field: 'subject', operator: 'matches', values: [`^${word()} .*[0-9]{2,5}`] }),
    () => ({ field: 'from', operator: 'matches', values: [`${word()}[a-z]*@`] }),
    () => ({ field: 'size', operator: 'greater_than', bytes: 50_000 }),
  ])
  if (random() < 0.5) return leaf()
  return { match: pick(['all', 'any', 'none'] as const), conditions: [leaf(), leaf(), leaf()] }
}

const bodyRule = (n: number): Condition =>
  n % 20 === 0
    ? { field: 'body', operator: 'matches', values: [`${word()} [a-z]+ ${word()}`] }
    : { field: 'body', operator: 'contains', values: [words(2)] }

async function decideAll(program: Program, facts: MessageFacts): Promise<number> {
  const matching = program.begin(facts)
  let fulfilled = 0
  for (let from = 0; ; fulfilled++) {
    const decided = await program.next(matching, from)
    if (!decided) return fulfilled
    from = decided.at + 1
  }
}

/** One rule after another, as a simple engine does it. Its expressions are not safe from hostile ones. */
function createPlain(conditions: readonly Condition[]) {
  const expressions = new Map<string, RegExp>()
  const fits = (operator: string, text: string, value: string): boolean => {
    if (operator === 'equals') return fold(text) === fold(value)
    if (operator === 'contains') return fold(text).includes(fold(value))
    if (operator === 'starts_with') return fold(text).startsWith(fold(value))
    if (operator === 'ends_with') return fold(text).endsWith(fold(value))
    const expression = expressions.get(value) ?? new RegExp(value, 'i')
    expressions.set(value, expression)
    return expression.test(text)
  }
  const holds = (condition: Condition, facts: MessageFacts): boolean => {
    if (isGroup(condition)) {
      if (condition.match === 'all') return condition.conditions.every((child) => holds(child, facts))
      return condition.conditions.some((child) => holds(child, facts)) === (condition.match === 'any')
    }
    if (!isTextLeaf(condition)) return condition.field === 'size' && facts.sizeBytes > condition.bytes
    const texts = textsOf(facts, scannedFieldOf(condition))
    return condition.values.some((value) => texts.some((text) => fits(condition.operator, text, value)))
  }
  return (facts: MessageFacts) => conditions.filter((condition) => holds(condition, facts)).length
}

/** Milliseconds of this process for each message, whatever else the machine does; the median of several runs. */
async function measure(messages: readonly MessageFacts[], work: (facts: MessageFacts) => unknown): Promise<number> {
  const runs: number[] = []
  for (let run = 0; run < 6; run++) {
    const before = process.cpuUsage()
    for (const facts of messages) await work(facts)
    const { user, system } = process.cpuUsage(before)
    runs.push((user + system) / 1000 / messages.length)
  }
  return median(runs.slice(1))
}

const messages = Array.from({ length: 500 }, message)
const conditions = Array.from({ length: 1000 }, headerRule)
const program = compileProgram(conditions)
const plain = createPlain(conditions)
for (const facts of messages.slice(0, 50)) {
  const [together, alone] = [await decideAll(program, facts), plain(facts)]
  if (together !== alone) throw new Error(`${together} rules fit together, ${alone} one after another`)
}
const together = await measure(messages, (facts) => decideAll(program, facts))
const alone = await measure(messages, plain)

const bodies = messages.slice(0, 200)
const onBodies = async (count: number) => {
  const ofBodies = compileProgram(Array.from({ length: count }, (_, n) => bodyRule(n)))
  return measure(bodies, (facts) => decideAll(ofBodies, facts))
}
const [one, many] = [await onBodies(2), await onBodies(1000)]
console.log(
  `rules: 1,000 over headers ${together.toFixed(3)} ms, one after another ${alone.toFixed(3)} ms; ratio ${(together / alone).toFixed(3)}`,
)
printVerdicts('Rules', [
  { what: '1,000 rules over headers, a message', measured: together, unit: 'ms', atMost: 1 },
  { what: 'that against one rule after another', measured: together / alone, unit: 'times', atMost: 0.5 },
  { what: '1,000 rules over a body of 400 words, against 2', measured: many / one, unit: 'times', atMost: 20 },
])
