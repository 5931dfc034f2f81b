import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { parseEnv } from 'node:util'
import { ultid } from '../../test/harness/command-line.ts'
import { fc } from '../../test/harness/properties.ts'
import { createTempDir } from '../../test/harness/temp-dir.ts'
import { env } from './env.ts'

suite('ultid env expand', async () => {
  const directory = await createTempDir('env')
  after(directory.remove)
  let files = 0

  function place(text: string) {
    const path = join(directory.path, String(++files))
    mkdirSync(path)
    const [from, to] = [join(path, '.env'), join(path, '.env.resolved')]
    writeFileSync(from, text)
    return { path, from, to, expanded: () => parseEnv(readFileSync(to, 'utf8')) }
  }

  test('writes every value in full, readable by its owner only, and leaves nothing beside it', async () => {
    const { path, from, to, expanded } = place(
      '# why\nURL=http://{{HOST}}:1/\nHOST={{NAME}}.test\nNAME=a\nBRACES=\\{{x\n',
    )
    const { code, output } = await ultid(['env', 'expand', '--in', from, '--out', to])
    assert.deepEqual([code, output], [0, `wrote 4 variables to ${to}\n`])
    assert.deepEqual({ ...expanded() }, { URL: 'http://a.test:1/', HOST: 'a.test', NAME: 'a', BRACES: '{{x' })
    assert.equal(statSync(to).mode & 0o777, 0o600)
    assert.deepEqual(readdirSync(path).sort(), ['.env', '.env.resolved'])
  })

  test('takes the flags of the contract as well: -in and -out, with a space or =', async () => {
    for (const flags of [
      ['-in', 'FROM', '-out', 'TO'],
      ['-in=FROM', '-out=TO'],
      ['--in=FROM', '--out=TO'],
    ]) {
      const { from, to, expanded } = place('A={{B}}\nB=1')
      const args = flags.map((flag) => flag.replace('FROM', from).replace('TO', to))
      assert.equal((await ultid(['env', 'expand', ...args])).code, 0)
      assert.equal(expanded().A, '1')
    }
  })

  test('replaces a file of before whole, whatever its mode was', async () => {
    const { from, to, expanded } = place('A=1')
    writeFileSync(to, 'OLD=1', { mode: 0o644 })
    assert.equal((await ultid(['env', 'expand', '--in', from, '--out', to])).code, 0)
    assert.deepEqual({ ...expanded() }, { A: '1' })
    assert.equal(statSync(to).mode & 0o777, 0o600)
  })

  test('an error says what to do, ends with 2, and leaves the file of before alone', async () => {
    const { path, from, to } = place('A={{B}}\nB={{A}}\nC={{NOWHERE}}\n')
    writeFileSync(to, 'OLD=1')
    const expand = (...args: string[]) => ultid(['env', 'expand', ...args])
    const refusals: [args: string[], expected: RegExp][] = [
      [['--in', from, '--out', to], /A → B → A go round in a circle[\s\S]*C refers to \{\{NOWHERE\}\}/],
      [['--in', join(path, 'nowhere'), '--out', to], /nowhere cannot be read \(ENOENT\)/],
      [['--in', from], /Name both files/],
      [['--in', from, '--to', to], /--to/],
      [['--in', from, '--out', `${path}/./.env`], /the same file/],
    ]
    for (const [args, expected] of refusals) {
      const { code, complaint } = await expand(...args)
      assert.equal(code, 2, complaint)
      assert.match(complaint, expected)
      assert.doesNotMatch(complaint, /\n +at /)
    }
    assert.equal(readFileSync(to, 'utf8'), 'OLD=1')
    const { from: fine } = place('A=1')
    const nowhere = await expand('--in', fine, '--out', join(path, 'nowhere', '.env'))
    assert.deepEqual(
      [nowhere.code, nowhere.complaint],
      [2, `${join(path, 'nowhere', '.env')} cannot be written (ENOENT).\n`],
    )
    assert.ok(!existsSync(join(path, 'nowhere')))
    assert.match((await ultid(['env', 'print'])).complaint, /Say what to do/)
  })

  test('what it writes means the same to Node and to a shell, or is refused by name', async () => {
    const plain = fc.string({ unit: fc.constantFrom(...'abZ0 $`"\'\\#=;&|<>*?~!\t\n{}()[]é'), maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(plain, async (value) => {
        const quote = ["'", '"', '`'].find((mark) => !value.includes(mark))
        fc.pre(quote !== undefined)
        const { from, to, expanded } = place(`VALUE=${quote}${value}${quote}\n`)
        const [given] = Object.values(parseEnv(readFileSync(from, 'utf8')))
        try {
          await env.run(['expand', '--in', from, '--out', to], terminal)
        } catch (error) {
          assert.match((error as Error).message, /^VALUE holds an apostrophe and one of|refers to|circle/)
          return
        }
        const inShell = execFileSync('/bin/sh', ['-c', `. "$1"; printf %s. "$VALUE"`, 'sh', to], { encoding: 'utf8' })
        assert.equal(expanded().VALUE, given)
        assert.equal(inShell.slice(0, -1), given)
      }),
      { numRuns: 150 },
    )
  })
})

const terminal = {
  ...{ environment: {}, isInteractive: false, print: () => undefined, complain: () => undefined },
  onStopSignal: () => undefined,
  exit: () => assert.fail('a command does not end the process'),
}
