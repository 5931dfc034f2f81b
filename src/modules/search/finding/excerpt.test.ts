import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fc } from '../../../../test/harness/properties.ts'
import { parseSearchQuery } from '../query/search-query.ts'
import { excerptOf } from './excerpt.ts'

const queryOf = (typed: string) => parseSearchQuery(typed).root ?? { kind: 'all' as const, nodes: [] }

/** The excerpt with its matches in brackets. */
function marked(text: string, typed: string): string {
  const excerpt = excerptOf(text, queryOf(typed))
  let shown = ''
  let at = 0
  for (const [start, end] of excerpt.highlights) {
    shown += `${excerpt.text.slice(at, start)}[${excerpt.text.slice(start, end)}]`
    at = end
  }
  return shown + excerpt.text.slice(at)
}

test('whole words match without regard to case and accents, the last one as a beginning', () => {
  const cases: [text: string, typed: string, shown: string][] = [
    ['The Café is open', 'cafe open', 'The [Café] is [open]'],
    ['Crème brûlée', '"creme brulee"', '[Crème brûlée]'],
    ['cart carted carton', 'cart "x"', '[cart] [carted] carton'],
    ['two invoices came', 'invoice "x"', 'two [invoices] came'],
    ['東京都の本', '東京 "x"', '[東京]都の本'],
    ['cart carts', 'cart', '[cart] [cart]s'],
    ['one, two; three', '"two three"', 'one, [two; three]'],
    ['mail user@example.com now', 'user@example.com', 'mail [user]@[example].[com] now'],
    ['ÅNGSTRÖM und Straße', 'angstrom strasse', '[ÅNGSTRÖM] und Straße'],
    ['kept and left', 'kept -left', '[kept] and left'],
    ['nothing here', 'elsewhere', 'nothing here'],
    ['a  line\n\nbreak', 'break', 'a line [break]'],
    ['x.*+?^{}()|[]\\ y', 'x.*+?^{}()|[]\\ y', '[x].*+?^{}()|[]\\ [y]'],
  ]
  for (const [text, typed, shown] of cases) assert.equal(marked(text, typed), shown, `${typed} in ${text}`)
})

test('a long text is cut around its first match, between words', () => {
  const text = `${'before '.repeat(100)}needle ${'after '.repeat(100)}`
  const shown = marked(text, 'needle')
  assert.match(shown, /^…before .*before \[needle\] after .*after…$/)
  assert(shown.length < 250)
  assert.match(marked(text, 'nothing'), /^before .*before…$/)
})

test('highlights of any text lie within it, ascending and apart, and never split a character', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 100 }), fc.string({ unit: 'grapheme' }), (text, typed) => {
      const excerpt = excerptOf(text.toWellFormed(), queryOf(typed))
      assert(excerpt.text.isWellFormed() && excerpt.text.length <= 210)
      let at = 0
      for (const [start, end] of excerpt.highlights) {
        assert(start >= at && end > start && end <= excerpt.text.length)
        at = end
      }
    }),
  )
})
