import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anyText } from '../../../../test/fixtures/any-text.ts'
import { assertHarmless, clean, sanitize } from '../../../../test/fixtures/harmless-html.ts'
import { htmlVectors } from '../../../../test/fixtures/html-vectors.ts'
import { fc } from '../../../../test/harness/properties.ts'
import { startStopwatch } from '../../../../test/harness/stopwatch.ts'
import { noHtmlFacts } from './html-sanitizer.ts'

test('nothing that runs, loads, submits or navigates by itself comes through', () => {
  for (const vector of htmlVectors) assertHarmless(clean(vector))
})

test('bombs are cut in time and say so', () => {
  const bombs = {
    deep: '<b>'.repeat(200_000),
    nested: '<table><tr><td>'.repeat(40_000),
    brackets: '<'.repeat(300_000),
    attributes: `<p ${'a=1 '.repeat(100_000)}>x`,
    style: `<p style="font-family:${'a '.repeat(100_000)}(">x`,
    noscript: '<noscript>'.repeat(60_000),
    comments: '<!--'.repeat(150_000),
    'style elements': '<style>'.repeat(100_000),
    'style text': `<style>${'p,'.repeat(100_000)}{margin:0}</style>`,
    'style rules': `<style>${'p{margin:0}'.repeat(100_000)}</style>`,
    'style braces': `<style>${'{'.repeat(200_000)}</style>`,
    'media blanks': `<style>@media ${' '.repeat(100_000)}screen ( {p{margin:0}}</style>`,
    'style brackets': `<p style="width:${'('.repeat(50_000)}${'(a)b'.repeat(50_000)}">x`,
    'style quotes': `<p style="${"'a".repeat(100_001)}">x`,
    backgrounds: `<p style="background:${'url(a)'.repeat(50_000)}">x`,
  }
  for (const [name, bomb] of Object.entries(bombs)) {
    const stopwatch = startStopwatch()
    assertHarmless(clean(bomb))
    assert(stopwatch.elapsedMs() < 3000, `${name} took ${stopwatch.elapsedMs()} ms`)
  }
  assert.deepEqual(sanitize(`${'<b>'.repeat(10_000)}a < b`), {
    html: `<pre>${' '.repeat(10_000)}a &lt; b</pre>`,
    facts: { ...noHtmlFacts, isTruncated: true },
  })
  assert.equal(sanitize('x'.repeat(2_000_001)).facts.isTruncated, true)
})

test('whatever is put together from nasty pieces comes out harmless, and stays so when it is read again', () => {
  const names = [
    'a',
    'b',
    'p',
    'img',
    'script',
    'style',
    'svg',
    'math',
    'iframe',
    'noscript',
    'table',
    'td',
    'form',
    'textarea',
    'title',
    'xmp',
    'mglyph',
    'template',
    'body',
    'select',
    'option',
    'p/x',
    'a:b',
  ]
  const attributes = [
    'href',
    'src',
    'style',
    'onerror',
    'data-remote-src',
    'data-inline-background',
    'class',
    'name',
    'target',
    'background',
    'srcdoc',
    'xlink:href',
    'id',
    '"',
    '=',
  ]
  const values = [
    'javascript:x',
    'https://e.test/',
    '//e.test',
    'cid:logo@example.test',
    'data:image/png;base64,AA==',
    'data:text/html,x',
    'color:red;background:url(x)',
    'background-image:url(//e.test/a)',
    'p{color:red}',
    '</style><img src=x onerror=x>',
    'x"onload="y',
    "'",
    '&quot;>',
    '<b>',
    '\u0001javascript:x',
    '`',
  ]
  const piece = fc.oneof(
    fc.constantFrom(
      '<',
      '>',
      '"',
      "'",
      '<!--',
      '-->',
      '<![CDATA[',
      ']]>',
      '</',
      '/>',
      '&lt;',
      '&#60;',
      '\0',
      '<?',
      '<!doctype',
      ' text ',
    ),
    fc.constantFrom(...names).map((name) => `</${name}>`),
    fc
      .tuple(
        fc.constantFrom(...names),
        fc.array(fc.tuple(fc.constantFrom(...attributes), fc.constantFrom(...values)), { maxLength: 3 }),
        fc.constantFrom('"', "'", ''),
      )
      .map(
        ([name, pairs, quote]) =>
          `<${name}${pairs.map(([key, value]) => ` ${key}=${quote}${value}${quote}`).join('')}>`,
      ),
    anyText(10),
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 25 }), (pieces) => {
      const html = clean(pieces.join(''))
      assertHarmless(html)
      assertHarmless(clean(html))
    }),
    { numRuns: 1000 },
  )
})
