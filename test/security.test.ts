import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { readSourceFiles } from './harness/source-files.ts'

const root = resolve(import.meta.dirname, '..')

test('each promise of docs/security.md has the test that it names', () => {
  const rows = readFileSync(join(root, 'docs/security.md'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| ---') && !line.startsWith('| promise'))
  assert(rows.length > 20)
  for (const row of rows) {
    const [, file = '', title = ''] = /\| `([^`]+)`: (.+) \|$/.exec(row) ?? assert.fail(`No test is named: ${row}`)
    const titles = [...readFileSync(join(root, file), 'utf8').matchAll(/\b(?:test|it)\(\s*(['"`])(.*?)\1,/g)]
    assert(
      titles.some(([, , one]) => one === title),
      `${file} has no test "${title}"`,
    )
  }
})

test('no secret is compared by a comparison that ends at the first difference', () => {
  const secret = String.raw`\w*(?:secret|signature|password|digest|csrf|mac)\w*`
  const comparison = new RegExp(String.raw`\b${secret}\)?\s*[!=]==\s*(?:\w+\.)*${secret}\b`, 'i')
  const found = readSourceFiles('src').flatMap(({ path, text, isTest }) =>
    isTest ? [] : text.split('\n').flatMap((line) => (comparison.test(line) ? [`${path}: ${line.trim()}`] : [])),
  )
  assert.deepEqual(found, [])
  assert.ok(comparison.test('if (given.secret === row.secret) return'))
})
