import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ExpansionError, expandVariables } from './expansion.ts'

test('references are replaced whatever the order and depth', () => {
  const expanded = expandVariables({
    URL: 'postgres://ulti:{{PASSWORD}}@{{HOST}}/ulti',
    PASSWORD: 'p{{SALT}}',
    SALT: '!',
    HOST: 'db',
  })
  assert.equal(expanded.URL, 'postgres://ulti:p!@db/ulti')
})

test('a literal wins over a template of its name and is not expanded itself', () => {
  assert.deepEqual(expandVariables({ A: '{{B}}', B: 'template' }, { B: '{{as it is}}' }), {
    A: '{{as it is}}',
    B: '{{as it is}}',
  })
})

test('an escaped brace stays a brace, and braces that name nothing stay as they are', () => {
  assert.equal(expandVariables({ A: '\\{{B}} {{ }} {B}' }).A, '{{B}} {{ }} {B}')
})

test('every unknown name and every circle is reported at once, by name', () => {
  const attempt = () => expandVariables({ A: '{{B}}', B: '{{A}}', C: '{{NOWHERE}}', D: '{{D}}' })
  assert.throws(attempt, (error: ExpansionError) => {
    assert.ok(error instanceof ExpansionError)
    assert.match(error.message, /C refers to \{\{NOWHERE\}\}/)
    assert.match(error.message, /A → B → A/)
    assert.match(error.message, /D → D/)
    return true
  })
})

test('a name of the object prototype is unknown like any other', () => {
  assert.throws(() => expandVariables({ A: '{{constructor}}' }), /constructor/)
})
