import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { fc } from '../../../../test/harness/properties.ts'
import { forwardSubject, replySubject } from './reply-subject.ts'

suite('subjects of answers', () => {
  const replies: [subject: string, answer: string][] = [
    ['Plans', 'Re: Plans'],
    ['Re: Plans', 'Re: Plans'],
    ['RE: AW: Antw: SV: Rép : VS: Plans', 'Re: Plans'],
    ['Re[2]: Plans', 'Re: Plans'],
    ['re : Re (3): Plans', 'Re: Plans'],
    ['回复：答复: 计划', 'Re: 计划'],
    ['[list] Re: Plans', 'Re: [list] Plans'],
    ['Re: [list] Aw: Plans', 'Re: [list] Plans'],
    ['Fwd: Plans', 'Re: Fwd: Plans'],
    ['Re: Fwd: Re: Plans', 'Re: Fwd: Re: Plans'],
    ['Regarding: plans', 'Re: Regarding: plans'],
    ['', 'Re:'],
    ['Re:', 'Re:'],
  ]
  test('have one Re:, whatever the language of those before', () => {
    for (const [subject, answer] of replies) assert.equal(replySubject(subject), answer)
  })

  test('have one Fwd: when they are passed on', () => {
    assert.equal(forwardSubject('Fwd: WG: TR: Plans'), 'Fwd: Plans')
    assert.equal(forwardSubject('Re: Plans'), 'Fwd: Re: Plans')
    assert.equal(forwardSubject(''), 'Fwd:')
  })

  test('stay as they are when they are answered again', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (subject) => {
        for (const make of [replySubject, forwardSubject]) assert.equal(make(make(subject)), make(subject))
        assert.doesNotMatch(replySubject(subject), /[\r\n]/)
      }),
      { numRuns: 300, seed: 1 },
    )
  })
})
