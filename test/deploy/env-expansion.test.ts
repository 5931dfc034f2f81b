import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { parseEnv } from 'node:util'
import { env } from '../../src/cli/env.ts'
import { fc } from '../harness/properties.ts'
import { createTempDir } from '../harness/temp-dir.ts'
import { root } from './compose-files.ts'

suite('the expansion of .env by the deployment', async () => {
  const files = await createTempDir('expansion')
  after(files.remove)
  const [from, to] = [join(files.path, '.env'), join(files.path, '.env.resolved')]

  /** By the script of the deployment. */
  function byScript(text: string) {
    writeFileSync(from, text)
    const { status, stdout, stderr } = spawnSync('awk', ['-f', join(root, 'deploy/expand-env.awk'), from], {
      encoding: 'utf8',
    })
    return { status, values: { ...parseEnv(stdout) }, complaint: stderr }
  }

  /** By ultid. */
  async function byProgram(text: string) {
    writeFileSync(from, text)
    try {
      await env.run(['expand', '--in', from, '--out', to], { print: () => undefined } as never)
      return { status: 0, values: { ...parseEnv(readFileSync(to, 'utf8')) }, complaint: '' }
    } catch (error) {
      return { status: 2, values: {}, complaint: (error as Error).message }
    }
  }

  test('is that of ultid for the untouched example', async () => {
    const text = readFileSync(join(root, '.env.example'), 'utf8')
    const { status, values } = byScript(text)
    assert.equal(status, 0)
    assert.deepEqual(values, (await byProgram(text)).values)
    assert.equal(values.ULTID_DB_URL, 'postgres://ulti:changeme@postgres:5432/ulti')
  })

  test('is that of ultid for quotes, comments, spaces, exports and references in any order', async () => {
    const text = [
      'export A=1 # why',
      "B='two words # not a comment'",
      'C="it\'s {{A}}"',
      'D={{E}}/{{ B }}',
      'E={{A}}{{A}}',
      'F=\\{{A}} and \\{{',
      'G=`back "tick"`',
      '  H = spaced   ',
      'EMPTY=',
      `I="$HOME \${A} $(id)"`,
      "J='{{C2}}'",
      'C2=é ü 漢',
      'A=last',
      'K=http://x/#hash',
      '# L=commented',
      'M="q"tail',
    ].join('\n')
    assert.deepEqual(byScript(text), { ...(await byProgram(text)), complaint: '' })
  })

  test('names each cycle and each unknown name, all at once, and writes nothing', async () => {
    const { status, values, complaint } = byScript('A={{B}}\nB={{C}}\nC={{A}}\nD={{NOWHERE}}\nE=fine\n')
    assert.deepEqual([status, values], [2, {}])
    assert.match(complaint, /A → B → C → A go round in a circle; give one of them a value of its own\./)
    assert.match(complaint, /D refers to \{\{NOWHERE\}\}, which is not set; set it or correct the name\./)
  })

  test('refuses what an env file cannot say, as ultid does', async () => {
    const text = 'A="it\'s $5"\n'
    assert.equal(byScript(text).status, 2)
    assert.equal((await byProgram(text)).status, 2)
  })

  test('agrees with ultid on generated values', async () => {
    const value = fc.string({ unit: fc.constantFrom(...'ab0 /:=.$"\'#{}\\-é'), maxLength: 12 })
    const quoted = value.filter((text) => !/['`\n]/.test(text)).map((text) => `'${text}'`)
    const plain = value.map((text) => text.replaceAll(/['"`#]/g, '').replace(/^\s+/, ''))
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(quoted, plain), { minLength: 1, maxLength: 5 }), async (values) => {
        const text = [...values.map((one, at) => `V${at}=${one}`), 'ALL={{V0}}-{{V0}}'].join('\n')
        const [script, program] = [byScript(text), await byProgram(text)]
        assert.equal(script.status, program.status, text)
        assert.deepEqual(script.values, program.values, text)
      }),
      { numRuns: 60, seed: 7 },
    )
  })
})
