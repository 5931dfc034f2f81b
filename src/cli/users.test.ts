import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { insertPerson, insertSealedAccount } from '../../test/fixtures/sealed-rows.ts'
import { settingsFor, testKey, ultid } from '../../test/harness/command-line.ts'
import { openTestDatabase } from '../../test/harness/open-database.ts'
import { createKeyRing } from '../platform/secrets/key-ring.ts'

suite('ultid users', async () => {
  const { url, database, close } = await openTestDatabase()
  after(close)
  const settings = settingsFor(url)
  const users = (...args: string[]) => ultid(['users', ...args], settings)
  const ids: string[] = []
  for (const name of ['alice', 'bob', 'carol', 'dave', 'eve']) {
    ids.push(await insertPerson(database, { email: `${name}@example.test`, display_name: name }))
  }
  const [alice = '', bob = ''] = ids
  await insertPerson(database, { email: 'ALICE@example.test', display_name: 'Other\u001b[31m Alice\n' })
  const keyRing = createKeyRing(new Map([['test', testKey]]), 'test')
  const account = await insertSealedAccount(database, keyRing, alice)
  await insertSealedAccount(database, keyRing, alice)
  await database
    .updateTable('mail_account')
    .set({ state: 'error', error_code: 'mail.timeout' })
    .where('id', '=', account)
    .execute()

  test('list shows people in the order in which they came, and how many mail accounts they have', async () => {
    const { code, output } = await users('list')
    assert.equal(code, 0)
    const lines = output.trimEnd().split('\n')
    assert.match(lines[0] ?? '', /^id +email +name +last seen +mail accounts$/)
    assert.deepEqual(
      lines.slice(1, 6).map((line) => line.split(/\s+/)[0]),
      ids,
    )
    assert.match(lines[1] ?? '', /alice@example\.test +alice +\d{4}-\d\d-\d\d \d\d:\d\dZ +2$/)
    assert.match(lines[2] ?? '', / 0$/)
    assert.ok(!output.includes('\u001b'))
  })

  test('list goes on page by page, without a gap and without repeating anybody', async () => {
    const seen: string[] = []
    let next: string | null = null
    do {
      const after: string[] = next === null ? [] : ['--after', next]
      const { output } = await users('list', '--limit', '2', '--json', ...after)
      const page: { items: { id: string }[]; next: string | null } = JSON.parse(output)
      assert.ok(page.items.length <= 2)
      seen.push(...page.items.map(({ id }) => id))
      next = page.next
    } while (next !== null)
    assert.deepEqual(seen.slice(0, 5), ids)
    assert.equal(seen.length, 6)
    const text = await users('list', '--limit', '2')
    assert.match(text.output, new RegExp(`\nmore: ultid users list --limit 2 --after ${bob}\n$`))
  })

  test('show finds by id and by address, whatever its case, and everybody who has it', async () => {
    const byId = await users('show', alice)
    assert.match(byId.output, new RegExp(`^id: +${alice}\nemail: +alice@example.test\n`))
    assert.match(byId.output, /groups: +staff\n/)
    assert.match(byId.output, new RegExp(`${account} .* error +mail.timeout +never`))
    const { items } = JSON.parse((await users('show', 'Alice@Example.test', '--json')).output)
    assert.deepEqual(
      items.map((item: { mail_accounts: unknown[] }) => item.mail_accounts.length),
      [2, 0],
    )
    assert.ok(!JSON.stringify(items).includes('v1.test.'))
    assert.match((await users('show', bob)).output, /no mail accounts/)
  })

  test('an error says what to do', async () => {
    const nobody = await users('show', 'nobody@example.test')
    assert.deepEqual([nobody.code, nobody.output], [1, ''])
    assert.match(nobody.complaint, /^Nobody known here is "nobody@example.test"\..*ultid users list/)
    const wrong: [args: string[], expected: RegExp][] = [
      [[], /^Say what to do: ultid users list, or/],
      [['show'], /^Say what to do/],
      [['list', 'all'], /^Say what to do/],
      [['list', '--limit', '0'], /^--limit takes a whole number from 1 to 1000\.$/m],
      [['list', '--after', 'alice'], /^--after takes the id of a person\.$/m],
      [['list', '--all'], /--all/],
    ]
    for (const [args, expected] of wrong) {
      const { code, complaint } = await users(...args)
      assert.equal(code, 2)
      assert.match(complaint, expected)
    }
  })

  test('a database that cannot be used is told of with what to do, and without the password', async () => {
    const at = (changes: Partial<Pick<URL, 'port' | 'pathname' | 'password'>>) => {
      const address = Object.assign(new URL(url), { password: 'hunter2' }, changes)
      return ultid(['users', 'list'], settingsFor(address.href))
    }
    const faults: [outcome: Awaited<ReturnType<typeof at>>, expected: RegExp][] = [
      [
        await at({ port: '1' }),
        /^PostgreSQL does not answer at \S+:1 \(ECONNREFUSED\); start it, or correct ULTID_DB_URL\.$/m,
      ],
      [
        await at({ pathname: '/nowhere', password: new URL(url).password }),
        /^There is no database "nowhere" at \S+; create it/m,
      ],
      [
        await at({ pathname: '/postgres', password: new URL(url).password }),
        /^The database "postgres" lacks a table; run "ultid migrate"\.$/m,
      ],
    ]
    for (const [{ code, complaint }, expected] of faults) {
      assert.equal(code, 1, complaint)
      assert.match(complaint, expected)
      assert.doesNotMatch(complaint, /\n +at |hunter2/)
    }
  })
})
