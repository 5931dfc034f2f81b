import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anyText } from '../../../../test/fixtures/any-text.ts'
import { fc } from '../../../../test/harness/properties.ts'
import { startStopwatch } from '../../../../test/harness/stopwatch.ts'
import { previewOf } from './preview.ts'
import { readableText } from './readable-text.ts'

const cases: [what: string, text: string, preview: string][] = [
  ['plain words', 'Hi Bob,\r\n\r\nshall we meet\r\nat noon?', 'Hi Bob, shall we meet at noon?'],
  [
    'style sheets',
    '96 h1 { color: red; font-size:12px }\n@media only screen and (max-width: 600px) {\n .a { width: 100% !important; }\n}\n/* x */ Hello there',
    'Hello there',
  ],
  ['braces that are no style', 'Use {name} or f(x) { return 1 }', 'Use {name} or f(x) { return 1 }'],
  ['view in browser', 'View this email in your browser\n\nBig sale today', 'Big sale today'],
  ['behind the preheader', 'Big sale today View in browser\nAll shoes', 'Big sale today All shoes'],
  ['trouble viewing', 'Having trouble viewing this email? View it in your browser.\nNews', 'News'],
  ['with an address', 'View online (https://example.test/a/b?c=d)\nNews', 'News'],
  ['in French', 'Voir dans votre navigateur\nBonjour à tous', 'Bonjour à tous'],
  ['in German', 'Newsletter im Browser ansehen\nGuten Tag', 'Guten Tag'],
  ['in Spanish', 'Ver este correo en tu navegador\nHola', 'Hola'],
  ['a sentence that mentions a browser', 'Which browser do you use at work?', 'Which browser do you use at work?'],
  ['what is read online', 'I read about it online yesterday', 'I read about it online yesterday'],
  [
    'legal footer',
    'Your parcel is on its way.\n\nYou are receiving this email because you ordered at Shop.\nUnsubscribe | Privacy policy\n© 2026 Shop Ltd',
    'Your parcel is on its way.',
  ],
  ['confidentiality', 'See you.\nThis message and any attachments are confidential and may be privileged.', 'See you.'],
  ['a text about a privacy policy', 'Our privacy policy changes on 1 May', 'Our privacy policy changes on 1 May'],
  ['quotes', 'Yes!\n\nOn Mon, 2 Mar 2026 at 10:00, Ann <ann@example.test> wrote:\n> Really?\n> Yes?', 'Yes!'],
  ['a quote above', '> Really?\nYes!', 'Yes!'],
  [
    'a forwarded message alone',
    '---------- Forwarded message ----------\nFrom: Ann <ann@example.test>\nHi',
    'Forwarded message From: Ann <ann@example.test> Hi',
  ],
  ['signatures', 'Bye\n-- \nAnn Author\nHead of things', 'Bye'],
  ['sent from a phone', 'OK\n\nSent from my iPhone', 'OK'],
  ['rulers', '=====\nNews\n-----\nAll about it', 'News All about it'],
  ['links in brackets', 'Look [https://example.test/x] here <https://example.test/y>', 'Look here'],
  ['padding', 'Words\u200c \u034f\u00ad \u200b\u034f \u2007more', 'Words more'],
  ['nothing but boilerplate', 'View in browser\nUnsubscribe', 'View in browser Unsubscribe'],
  ['emptiness', ' \r\n\u200b ', ''],
]
for (const [what, text, preview] of cases) test(`preview: ${what}`, () => assert.equal(previewOf(text), preview))

test('a newsletter of HTML alone shows its hidden first words, and neither styles nor footer', () => {
  const html = `<html><head><title>T</title><style>p { color: red }</style></head><body>
    <div style="display:none">Shoes at half price</div>
    <table><tr><td><a href="https://x.test">View in browser</a></td></tr><tr><td><h1>Sale</h1></td></tr>
    <tr><td><a href="https://x.test/u">Unsubscribe</a></td></tr></table></body></html>`
  assert.equal(previewOf(readableText(null, html)), 'Shoes at half price Sale')
})

test('any text gives a short line, in no time', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      '{',
      '}',
      'a:b;',
      '/*',
      '*/',
      'view ',
      'in your browser',
      'On ',
      'wrote:',
      '\n',
      '> ',
      'http://',
      ' '.repeat(500),
      '@media ',
      '=',
      '\u200b',
    ),
    anyText(20),
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), fc.integer({ min: 1, max: 200 }), (pieces, times) => {
      const stopwatch = startStopwatch()
      const preview = previewOf(pieces.join('').repeat(times))
      assert(stopwatch.elapsedMs() < 500)
      assert(preview.length <= 200 && preview.isWellFormed() && !/[\r\n]/.test(preview) && preview.trim() === preview)
    }),
    { numRuns: 150 },
  )
})
