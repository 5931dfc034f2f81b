import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fc } from '../../../../test/harness/properties.ts'
import { isReplySubject, threadSubject } from './thread-subject.ts'

test('replies are known by what mail programs of the world put before their subject', () => {
  const replies = ['Re: x', 'RE:x', 'Re[2]: x', 're (3) : x', 'AW: x', 'Antw: x', 'Rép : x', 'SV: x', 'R: x', 'Odp: x']
  for (const subject of [...replies, '[list] Re: x', '回复：x', '答复: x', 'Re：x'])
    assert(isReplySubject(subject), subject)
  for (const subject of ['x', 'Fwd: x', 'WG: Re: x', 'Regarding: x', 'Ref: 12', 'Re x', ': x', '']) {
    assert(!isReplySubject(subject), subject)
  }
})

test('of a subject remains what its conversation is about', () => {
  const forms = ['Boat trip', ' RE: boat  trip', 'Re: AW: [sailors] Fwd: Re[4]: Boat\ttrip', '[sailors] boat trip']
  for (const form of forms) assert.equal(threadSubject(form), 'boat trip', form)
  assert.equal(threadSubject('Re: Fwd:'), '')
  assert.equal(threadSubject('Re: [urgent]'), '[urgent]')
})

test('any subject has a base, which is its own base, in no time', () => {
  const words = fc.constantFrom('Re', ':', ' ', '[', ']', '(', '9', 'Fwd:', 'x', '：', '^')
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.array(words, { maxLength: 60 }).map((all) => all.join('')),
      ),
      (subject) => {
        const base = threadSubject(subject)
        assert.equal(threadSubject(base), base)
      },
    ),
  )
})
