import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { createWireEvent } from './wire-event.ts'
import { readWishes } from './wishes.ts'

const event = (type: string, data: object = {}) =>
  createWireEvent({ seq: 1, type, data: JSON.parse(JSON.stringify(data)), created_at: new Date() })
const fits = (wishes: string[], ...given: Parameters<typeof event>) => readWishes(wishes)?.(event(...given))

suite('wishes', () => {
  test('name a module, a kind of thing in it, or one thing, wherever the event names it', () => {
    const moved = ['mail.message_moved', { message_ids: ['m1', 'm2'], to: { folder_id: 'f1' } }] as const
    for (const wish of ['mail', 'mail.message', 'mail:m2', 'mail.message:f1']) assert.ok(fits([wish], ...moved), wish)
    for (const wish of [
      'meet',
      'mail.folder',
      'mail:m3',
      'meet:m1',
      'mail.folder:f1',
      'mail:message_ids',
      'mail.mess',
    ]) {
      assert.equal(fits([wish], ...moved), false, wish)
    }
    assert.equal(fits(['meet', 'mail:m1'], ...moved), true)
    assert.equal(fits([], ...moved), false)
  })

  test('that are none are refused as a whole', () => {
    for (const wish of ['', 'Mail', 'mail.', 'mail:', 'mail.message:a b', 'mail..x', '*', 'mail,meet']) {
      assert.equal(readWishes(['mail', wish]), undefined, wish)
    }
    assert.equal(readWishes([7]), undefined)
    assert.equal(readWishes(Array.from({ length: 101 }, () => 'mail')), undefined)
  })
})
