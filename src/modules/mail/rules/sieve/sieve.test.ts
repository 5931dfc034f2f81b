import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { createRandom } from '../../../../../bench/harness/random.ts'
import { randomCondition, randomFacts } from '../../../../../test/fixtures/random-rules.ts'
import { fc } from '../../../../../test/harness/properties.ts'
import { type Condition, isGroup, leavesOf } from '../matching/condition.ts'
import type { MessageFacts } from '../matching/message-facts.ts'
import { compileProgram } from '../matching/program.ts'
import type { RuleAction } from '../rule-action.ts'
import { comparisonOfGlob, escapedGlob } from './glob.ts'
import type { SieveNames } from './sieve-actions.ts'
import { exportSieve } from './sieve-export.ts'
import { importSieve } from './sieve-import.ts'
import { parseSieve } from './sieve-script.ts'
import { SieveError } from './sieve-tokens.ts'

const folder = (id: string, path: string, role: string | null = null) => ({ id, path, delimiter: '/', role })
const names: SieveNames = {
  folders: [
    ...[folder('f1', 'Invoices'), folder('f2', 'Lists/Lake'), folder('archive', 'Archive', 'archive')],
    ...[folder('trash', 'Trash', 'trash'), folder('junk', 'Junk', 'junk')],
  ],
  labels: [{ id: 'l1', name: 'Work', keyword: 'work' }],
  targets: [{ id: 't1', email: 'elsewhere@example.org' }],
}
const imported = (script: string) => importSieve(script, names)
const conditionOf = (test: string): Condition => {
  const { rules, notes } = imported(`if ${test} { stop; }`)
  assert.deepEqual(notes, [])
  assert.ok(rules[0])
  return rules[0].condition
}
const actionsOf = (commands: string) => imported(`if true { ${commands} }`)

async function holds(condition: Condition, facts: MessageFacts): Promise<boolean> {
  const program = compileProgram([condition])
  return (await program.next(program.begin(facts), 0))?.verdict === true
}

suite('importing Sieve', () => {
  test('a script of every day becomes rules that do the same', () => {
    const script = `require ["fileinto", "imap4flags"];
# rule:[Invoices]
if allof (address :domain :is "from" "supplier.example", header :contains "subject" ["invoice", "facture"])
{
  addflag "\\\\Flagged";
  fileinto "Invoices";
  stop;
}
# rule:[Lake]
elsif header :is "list-id" "lake.lists.example" { fileinto :flags ["\\\\Seen", "work"] "Lists.Lake"; }
else { /* the rest */ keep; }
if size :over 10M { fileinto :copy "archive"; }`
    const { rules, notes } = imported(script)
    assert.deepEqual(notes, [])
    assert.deepEqual(
      rules.map(({ name }) => name),
      ['Invoices', 'Lake', 'Sieve, line 12'],
    )
    assert.deepEqual(rules[0], {
      name: 'Invoices',
      condition: {
        match: 'all',
        conditions: [
          { field: 'from', operator: 'ends_with', values: ['@supplier.example'] },
          { field: 'subject', operator: 'contains', values: ['invoice', 'facture'] },
        ],
      },
      actions: [{ type: 'star' }, { type: 'move', folder_id: 'f1' }, { type: 'stop' }],
    })
    assert.deepEqual(rules[1]?.condition, {
      match: 'all',
      conditions: [
        { match: 'none', conditions: [rules[0].condition] },
        { field: 'list_id', operator: 'equals', values: ['lake.lists.example'] },
      ],
    })
    assert.deepEqual(rules[1]?.actions, [
      { type: 'mark_read' },
      { type: 'label', label_ids: ['l1'] },
      { type: 'move', folder_id: 'f2' },
    ])
    assert.deepEqual(rules[2]?.condition, { field: 'size', operator: 'greater_than', bytes: 10 * 2 ** 20 })
    assert.deepEqual(rules[2]?.actions, [{ type: 'copy', folder_id: 'archive' }])
  })

  test('what cannot be expressed is listed with its line, and nothing stands in for it', () => {
    const { rules, notes } = imported(`require "fileinto";
if virustest :value "ge" "4" { discard; }
else { fileinto "Invoices"; }
if true {
  reject "go away";
  fileinto "Nowhere";
  redirect "stranger@example.org";
  addflag "unknown";
  notify "mailto:x";
}
if header :count "ge" "to" "3" { stop; }
if true { vacation :mime "x"; stop; }`)
    assert.deepEqual(rules, [])
    assert.deepEqual(
      notes.map(({ line, kind }) => [line, kind]),
      [2, 3, 5, 6, 7, 8, 9, 11, 12].map((line) => [line, 'omitted']),
    )
    assert.match(notes[0]?.reason ?? '', /virustest/)
    assert.match(notes[1]?.reason ?? '', /depends/)
    assert.match(notes[3]?.reason ?? '', /no folder "Nowhere"/)
  })

  test('what is nearly the same is done, and said to be that', () => {
    const { rules, notes } = actionsOf('discard; redirect "elsewhere@example.org"; vacation :days 1 "away";')
    assert.deepEqual(rules[0]?.actions, [
      { type: 'trash' },
      { type: 'forward', target_id: 't1' },
      { type: 'reply', text: 'away', subject: '' },
    ])
    assert.deepEqual(
      notes.map(({ kind }) => kind),
      ['approximated', 'approximated', 'approximated'],
    )
    assert.deepEqual(actionsOf('redirect :copy "ELSEWHERE@example.org";').notes, [])
  })

  test('a message that is filed twice, or kept as well, is copied', () => {
    assert.deepEqual(actionsOf('fileinto "Invoices"; fileinto "Junk";').rules[0]?.actions, [
      { type: 'copy', folder_id: 'f1' },
      { type: 'mark_junk' },
    ])
    assert.deepEqual(actionsOf('fileinto "Invoices"; keep;').rules[0]?.actions, [{ type: 'copy', folder_id: 'f1' }])
  })

  test('parts of addresses, patterns and dates mean what RFCs say of them', async () => {
    const facts = randomFacts(createRandom(1))
    const from = { name: 'Ann', email: 'ann.a@mail.example.org' }
    const is = async (test: string, message: Partial<MessageFacts> = {}) =>
      holds(conditionOf(test), { ...facts, from, ...message })
    assert.ok(await is('address :localpart :is "from" "ANN.A"'))
    assert.ok(!(await is('address :localpart :is "from" "ann"')))
    assert.ok(await is('address :localpart :matches "from" "ann.*"'))
    assert.ok(await is('address :domain :contains "from" "example"'))
    assert.ok(!(await is('address :domain :contains "from" "ann"')))
    assert.ok(await is('address :domain :matches "from" "*.example.???"'))
    assert.ok(await is('header :matches "subject" "a?c*"', { subject: 'abcdef\nghi' }))
    assert.ok(!(await is('header :matches "subject" "a?c"', { subject: 'abcd' })))
    assert.ok(await is('header :matches "subject" "100\\\\*"', { subject: '100*' }))
    assert.ok(
      await is('exists ["x-a", "x-b"]', {
        headers: [
          { name: 'x-a', value: '' },
          { name: 'x-b', value: 'b' },
        ],
      }),
    )
    assert.ok(!(await is('exists ["x-a", "x-b"]', { headers: [{ name: 'x-a', value: '' }] })))
    assert.ok(await is('not anyof (false, size :under 1K)', { sizeBytes: 1024 }))
    const noon = { receivedAt: new Date('2026-05-23T12:00:00Z') }
    assert.ok(await is('currentdate :zone "+0000" :value "gt" "time" "11:59:00"', noon))
    assert.ok(!(await is('currentdate :zone "+0000" :value "lt" "iso8601" "2026-05-23T12:00:00+00:00"', noon)))
  })

  test('what is no script is refused by its line, whatever it is', () => {
    const fault = (script: string) => {
      try {
        parseSieve(script)
      } catch (error) {
        assert.ok(error instanceof SieveError)
        return error.line
      }
      return undefined
    }
    assert.equal(fault('keep'), 1)
    assert.equal(fault('if true {\n keep;\n'), 2)
    assert.equal(fault('\n\n"keep";'), 3)
    assert.equal(fault('if true { keep; } }'), 1)
    assert.equal(fault('if header :is "subject { keep; }'), 1)
    assert.equal(fault(`${'if true {'.repeat(40)}${'}'.repeat(40)}`), 1)
    assert.equal(fault(`if ${'not '.repeat(100_000)}true {}`), 1)
    const words = [
      'if',
      'true',
      'not',
      'keep',
      ';',
      '{',
      '}',
      '(',
      ')',
      '[',
      ']',
      ',',
      '"a"',
      ':is',
      '1K',
      '#c\n',
      '/*',
      '*/',
      'text:\n',
      '.\n',
      '\\',
      '"',
      ' ',
    ]
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...words), { maxLength: 30 }), (parts) => {
        const script = parts.join('')
        try {
          importSieve(script, names)
        } catch (error) {
          assert.ok(error instanceof SieveError, `${script}: ${error}`)
        }
      }),
      { seed: 1, numRuns: 1000 },
    )
  })

  test('strings keep what is in them: escapes, lines, doubled dots', () => {
    const [command] = parseSieve('vacation text: # comment\r\none\r\n..two\r\n.\r\n;')
    assert.deepEqual(command?.args, [{ kind: 'strings', values: ['one\r\n.two\r\n'] }])
    const [quoted] = parseSieve('keep "a \\"b\\" \\\\ c\n";')
    assert.deepEqual(quoted?.args, [{ kind: 'strings', values: ['a "b" \\ c\n'] }])
  })

  test('an escaped text is a pattern for just itself', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (text) => {
        assert.deepEqual(comparisonOfGlob(escapedGlob(text)), { operator: 'equals', value: text })
      }),
      { seed: 2, numRuns: 300 },
    )
  })
})

const beyond = [
  'attachment_name',
  'attachment_type',
  'authentication',
  'language',
  'sender_is_contact',
  'sender_is_new',
]

/** Whether a script can say it; that the header of a reply says so is true of real messages, not of made-up ones. */
const isExpressible = (condition: Condition): boolean =>
  leavesOf(condition).every(
    (leaf) =>
      ![...beyond, 'is_reply'].includes(leaf.field) && !(leaf.field === 'time_of_day' && leaf.time_zone !== 'UTC'),
  )

suite('exporting Sieve', () => {
  const exported = (condition: Condition, actions: RuleAction[]) =>
    exportSieve([{ id: 'r', name: 'Name', isEnabled: true, condition, actions }], names)

  test('what was exported and imported again decides as before, whatever the rule and the message', async () => {
    const random = createRandom(11)
    let compared = 0
    for (let round = 0; round < 200; round++) {
      const condition = randomCondition(random, 2)
      if (!isExpressible(condition)) continue
      const { script, notes } = exported(condition, [{ type: 'star' }, { type: 'stop' }])
      assert.deepEqual(notes, [])
      const back = imported(script)
      assert.deepEqual(back.notes, [], script)
      const [rule] = back.rules
      assert.ok(rule, script)
      assert.deepEqual([rule.name, rule.actions], ['Name', [{ type: 'star' }, { type: 'stop' }]])
      for (let n = 0; n < 5; n++) {
        const facts = randomFacts(random)
        assert.equal(
          await holds(rule.condition, facts),
          await holds(condition, facts),
          `${script}\n${JSON.stringify(facts)}`,
        )
        compared++
      }
    }
    assert.ok(compared > 150)
  })

  test('actions come back as they were; what a script cannot do is listed for its rule', () => {
    const condition: Condition = { field: 'subject', operator: 'contains', values: ['a "b" \\ c'] }
    const actions: RuleAction[] = [
      ...([{ type: 'mark_read' }, { type: 'label', label_ids: ['l1'] }, { type: 'copy', folder_id: 'f2' }] as const),
      ...([
        { type: 'forward', target_id: 't1' },
        { type: 'reply', subject: 'Away', text: 'a\n.b\n"c"' },
      ] as const),
      ...([{ type: 'archive' }, { type: 'stop' }] as const),
    ]
    const { script, notes } = exported(condition, actions)
    assert.deepEqual(notes, [])
    assert.match(script, /^require \["copy", "fileinto", "imap4flags", "vacation"\];/)
    assert.deepEqual(imported(script), { rules: [{ name: 'Name', condition, actions }], notes: [] })
    const beyond = exported(condition, [
      { type: 'snooze', hours: 1 },
      { type: 'call_webhook', webhook_id: 'w' },
      { type: 'star' },
    ])
    assert.deepEqual(
      beyond.notes.map(({ ruleId, what }) => [ruleId, what]),
      [
        ['r', 'snooze'],
        ['r', 'call_webhook'],
      ],
    )
    assert.match(beyond.script, /addflag "\\\\Flagged";/)
    const contact = exported({ field: 'sender_is_contact', is: true }, [{ type: 'star' }])
    assert.deepEqual([contact.script, contact.notes.length], ['', 1])
  })

  test('a rule that is switched off does nothing there either', async () => {
    const condition: Condition = { match: 'all', conditions: [] }
    const off = exportSieve([{ id: 'r', name: 'Off', isEnabled: false, condition, actions: [{ type: 'stop' }] }], names)
    const [rule] = imported(off.script).rules
    assert.ok(rule && isGroup(rule.condition))
    assert.equal(await holds(rule.condition, randomFacts(createRandom(3))), false)
  })
})
