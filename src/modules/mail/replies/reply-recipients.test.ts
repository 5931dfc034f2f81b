import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { type Answered, type ReplyOptions, replyRecipients } from './reply-recipients.ts'

const box = (email: string) => ({ name: '', email })
const boxes = (...emails: string[]) => emails.map(box)
const own = new Set(['me@x.test', 'alias@x.test'])

function answer(message: Partial<Answered>, options: Partial<ReplyOptions> = {}) {
  const whole = { from: box('ann@x.test'), to: [], cc: [], replyTo: [], ...message }
  const { to, cc } = replyRecipients(whole, { own, isToAll: true, followUpTo: [], ...options })
  return [to.map(({ email }) => email), cc.map(({ email }) => email)]
}

suite('recipients of answers', () => {
  const to = boxes('ME@x.test', 'bob@x.test')
  const cc = boxes('carol@x.test', 'alias@x.test', 'Bob@x.test')

  test('a reply goes to the author, or to where the author wants answers', () => {
    assert.deepEqual(answer({ to, cc }, { isToAll: false }), [['ann@x.test'], []])
    const replyTo = boxes('list@x.test', 'ann@x.test')
    assert.deepEqual(answer({ to, replyTo }, { isToAll: false }), [['list@x.test', 'ann@x.test'], []])
  })

  test('a reply to all goes to everybody once, but not to oneself', () => {
    assert.deepEqual(answer({ to, cc }), [['ann@x.test', 'bob@x.test'], ['carol@x.test']])
    assert.deepEqual(answer({ to, cc, replyTo: boxes('bob@x.test') }), [['bob@x.test'], ['carol@x.test']])
  })

  test('Mail-Followup-To says where answers to all go, and nothing of a plain reply', () => {
    const followUpTo = boxes('list@x.test', 'me@x.test')
    assert.deepEqual(answer({ to, cc }, { followUpTo }), [['list@x.test'], []])
    assert.deepEqual(answer({ to, cc }, { followUpTo, isToAll: false }), [['ann@x.test'], []])
  })

  test('an answer to a message of one’s own goes where that went', () => {
    const from = box('me@x.test')
    assert.deepEqual(answer({ from, to, cc }, { isToAll: false }), [['bob@x.test'], []])
    assert.deepEqual(answer({ from, to, cc, replyTo: boxes('me@x.test') }), [['bob@x.test'], ['carol@x.test']])
  })

  test('somebody is left when nobody else is', () => {
    assert.deepEqual(answer({ from: box('me@x.test'), to: boxes('alias@x.test') }), [['me@x.test'], []])
    assert.deepEqual(answer({ from: box('me@x.test') }, { isToAll: false }), [['me@x.test'], []])
    assert.deepEqual(answer({ replyTo: boxes('me@x.test'), cc: boxes('carol@x.test') }), [['carol@x.test'], []])
  })
})
