import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isPermissive } from '../scripts/permissive-licence.ts'
import { dependencyLicences } from '../src/platform/observability/dependency-licences.ts'

test('an expression is permissive when permitted licences alone can meet it', () => {
  for (const one of ['MIT', '(MIT OR GPL-3.0)', 'GPL-2.0 OR MIT AND ISC', 'MIT AND (ISC OR AGPL-3.0)']) {
    assert.ok(isPermissive(one), one)
  }
  for (const one of [
    'AGPL-3.0',
    'MIT AND GPL-3.0',
    '(MIT OR ISC) AND SSPL-1.0',
    '',
    'unknown',
    '(MIT',
    'MIT ISC',
    'MIT OR',
  ]) {
    assert.ok(!isPermissive(one), one)
  }
})

test('every package that runs is under a permissive licence', async () => {
  const licences = await dependencyLicences()
  assert.ok(licences.length > 100)
  assert.deepEqual(
    licences.filter(({ licence }) => !isPermissive(licence)),
    [],
  )
})
