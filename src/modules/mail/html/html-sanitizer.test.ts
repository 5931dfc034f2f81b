import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clean, sanitize } from '../../../../test/fixtures/harmless-html.ts'

const link = (href: string) => `<a href="${href}" target="_blank" rel="noopener noreferrer nofollow">x</a>`

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
    [`color:${'a'.repeat(1001)}`, ''],
    [
      'background:linear-gradient(90deg, rgba(0,0,0,.5), #fff 50%)',
      'background:linear-gradient(90deg, rgba(0,0,0,.5), #fff 50%)',
    ],
    [
      'background:#fff url(https://a.test/x;y.png) no-repeat center / cover;color:red',
      'background:#fff no-repeat center / cover;color:red',
    ],
    ['width:calc(1px /*x*/ + 2px);width:min(100%, 600px)', 'width:min(100%, 600px)'],
    ['width:((1px));width:calc((1px + 2px) * 3)', 'width:calc((1px + 2px) * 3)'],
    ['font-family:微软雅黑,"Grüße 1"', "font-family:微软雅黑,'Grüße 1'"],
    ['--x:url(y);@import "x"', ''],
  ]
  for (const [style, kept] of cases) {
    const expected = kept ? `<p style="${kept}">x</p>` : '<p>x</p>'
    const [paragraph = ''] = /<p.*<\/p>/.exec(clean(`<p style="${style.replaceAll('"', '&quot;')}">x</p>`)) ?? []
    assert.equal(paragraph.replace(/ data-remote-background="[^"]*"/, ''), expected, style)
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

test('remote images are kept from loading and counted; images of the message are named by their parts', () => {
  const { html, facts } = sanitize(
    '<img src="https://a.test/1.png" width=100><img src="//b.test/2.png"><img src="cid:logo%40example.test" alt="Logo">' +
      '<img src="cid:unknown"><img src="file:///etc/passwd"><img src="data:image/png;base64,iVBORw0=">' +
      '<table background="https://a.test/3.png"><td style="background-image:url(\'cid:logo@example.test\')">x</td></table>',
  )
  assert.equal(
    html,
    '<img width="100" data-remote-src="https://a.test/1.png" /><img data-remote-src="https://b.test/2.png" />' +
      '<img alt="Logo" data-inline-src="2" /><img /><img /><img src="data:image/png;base64,iVBORw0=" />' +
      '<table data-remote-background="https://a.test/3.png"><td data-inline-background="2">x</td></table>',
  )
  assert.deepEqual(facts, {
    blockedRemoteImages: 3,
    trackingPixels: 0,
    isTruncated: false,
    colors: 'none',
    documentType: '',
  })
})

test('images that only tell that they were loaded are taken out; lines and spacers stay', () => {
  const pixels = [
    '<img src="https://t.test/a" width="1" height="1">',
    '<img src="https://t.test/a" width=0>',
    '<img src="https://t.test/a" style="width:1px;height:1px">',
    '<img src="https://t.test/a" height="1px" style="max-width: 1px !important">',
    '<img src="https://t.test/a" style="color:red; display : none">',
    '<img src="https://t.test/a" width=100 style="opacity:0">',
    '<img src="https://x.list-manage.com/track/open.php?u=1">',
    '<img src="https://u1.ct.sendgrid.net/wf/open?upn=1">',
  ]
  for (const pixel of pixels) {
    const { html, facts } = sanitize(`a${pixel}b`)
    assert.deepEqual([html, facts.trackingPixels, facts.blockedRemoteImages], ['ab', 1, 0], pixel)
    assert.equal(sanitize(`<p>${pixel}<b>bold</b> plain</p>`).html, '<p><b>bold</b> plain</p>', pixel)
  }
  const shown = [
    '<img src="https://t.test/a" width="1" height="20">',
    '<img src="https://t.test/a" width="600" height="1">',
    '<img src="https://t.test/a" height="1" style="width:100%">',
    '<img src="https://t.test/open-house.jpg" width=10 style="opacity:0.5">',
    '<img src="data:image/png;base64,iVBORw0=" width=1 height=1>',
  ]
  for (const image of shown)
    assert.deepEqual([sanitize(image).facts.trackingPixels, clean(image).includes('<img')], [0, true])
})

test('the looks of a newsletter stay: tables, colours, alignment, the page as a box', () => {
  const inner =
    '<center><table width="600" cellpadding="0" cellspacing="0" border="0" align="center">' +
    '<tbody><tr><td colspan="2" valign="top" style="padding:10px 20px"><font color="#333333" face="Arial" size="2">Hi</font></td></tr>' +
    '</tbody></table></center>'
  const { html, facts } = sanitize(
    `<html><head><title>N</title><style>p{}</style></head><body style="margin:0" bgcolor="#eeeeee">${inner}</body></html>`,
  )
  const paper = 'style="display:flow-root;background-color:#ffffff;color:#000000;color-scheme:light"'
  assert.equal(
    html,
    `<div class="m0" ${paper}><div style="background-color:#eeeeee;margin:0" class="m-body">${inner}</div></div>`,
  )
  assert.equal(facts.colors, 'light')
  assert.equal(
    clean('<html dir=RTL lang="ar"><body>x'),
    '<div class="m0" dir="rtl" lang="ar"><div class="m-body">x</div></div>',
  )
  assert.equal(clean('<html dir="x" lang="&quot;><b>">x'), 'x')
  assert.equal(clean('<head><title>x</title><p>The head never ended'), '<p>The head never ended</p>')
})

test('style sheets are bound to their message; what they may not say is left out', () => {
  const sheetOf = (css: string) => /<style>([^<]*)<\/style>/.exec(clean(`<style>${css}</style><p>x</p>`))?.[1] ?? ''
  const cases: [css: string, kept: string][] = [
    [
      'p { color: red } .a, #b > td.c:hover{margin:0}',
      '.m0 p{color:red}\n.m0 .m-a,.m0 .m-id-b.m-id-b.m-id-b > td.m-c:hover{margin:0}\n',
    ],
    ['<!-- body{margin:0}html{color:red} -->', '.m0 .m-body{margin:0}\n.m0 .m-body{color:red}\n'],
    [
      '@media only screen and (max-width:600px){.w{width:100%!important}}',
      '@media only screen and (max-width:600px){.m0 .m-w{width:100%!important}\n}\n',
    ],
    [
      '@media (prefers-color-scheme : dark){p{color:#fff}}',
      '@media (prefers-color-scheme : dark){.m0 p{color:#fff}\n}\n',
    ],
    ['td[class="x"]{width:1px}a[href^=tel]{color:red}', '.m0 td.m-x{width:1px}\n'],
    ['@import url(//evil.test);p{margin:0}', '.m0 p{margin:0}\n'],
    [
      '@font-face{font-family:x;src:url(//evil.test)}@keyframes k{from{margin:0}to{margin:1px}}p{margin:0}',
      '.m0 p{margin:0}\n',
    ],
    ['@media{@media screen{p{margin:0}}}@supports (display:grid){p{margin:0}}', ''],
    ['p{background:url(//evil.test)}q{background:red url(//evil.test)}', '.m0 q{background:red}\n'],
    ['p::before{content:"x"}p:has(a){margin:0}script{margin:0}p\\20 q{margin:0}a:not(b){margin:0}', ''],
    ['p{position:fixed}}}{{q{margin:0', ''],
    ['/* p{margin:0} */ q{margin:0 /* x */}', '.m0 q{margin:0}\n'],
  ]
  for (const [css, kept] of cases) assert.equal(sheetOf(css), kept, css)
  const inComment = '<!--[if mso]><style>p{margin:0}</style><![endif]--><style media="print">p{margin:0}</style>x'
  assert.equal(clean(inComment), 'x')
  assert.equal(
    clean('<style>.a{margin:0}</style><p class="a b<c" id="b">x</p>'),
    '<div class="m0"><style>.m0 .m-a{margin:0}\n</style><div class="m-body"><p class="m-a m-id-b">x</p></div></div>',
  )
})

test('a message says whether it has colours, and whether those suit dark screens', () => {
  const colorsOf = (html: string) => sanitize(html).facts.colors
  assert.equal(colorsOf('<p style="margin:0">x</p>'), 'none')
  for (const light of [
    '<p style="color:#111">x</p>',
    '<td bgcolor=red>x</td>',
    '<font color=red>x</font>',
    '<style>p{color:red}</style>',
    '<body text="#333">',
  ]) {
    assert.equal(colorsOf(light), 'light', light)
  }
  assert.equal(
    colorsOf('<style>p{color:red}@media (prefers-color-scheme:dark){p{color:#eee}}</style><p>x</p>'),
    'adaptive',
  )
})

test('what mail programs quote is marked, and what they forward is not', () => {
  const quotes = [
    '<div class="gmail_quote gmail_quote_container">On Monday Ann wrote:<blockquote>Hi</blockquote></div>',
    '<blockquote type="cite">Hi</blockquote>',
    '<div class="moz-cite-prefix">On Monday Ann wrote:</div>',
    '<div class="yahoo_quoted">Hi</div>',
  ]
  for (const quote of quotes) assert.match(clean(`<p>Yes</p>${quote}`), /<(div|blockquote)[^<>]* data-quote="block"/)
  const rest = [
    '<div id="divRplyFwdMsg">From: Ann</div>',
    '<div id="x_divRplyFwdMsg">',
    '<div id="appendonsend"></div>',
  ]
  rest.push('<div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm">From: Ann</div>')
  for (const start of rest) assert.match(clean(`<p>Yes</p>${start}`), / data-quote="rest"/)
  const forwarded =
    '<div class="gmail_quote"><div dir="ltr" class="gmail_attr">---------- Forwarded message ---------<br>From: Ann</div>Hi</div>'
  assert.doesNotMatch(clean(`<p>See below</p>${forwarded}`), /data-quote/)
  assert.doesNotMatch(clean('<p data-quote="block">x</p><blockquote>A saying</blockquote>'), /data-quote/)
})

test('image maps keep their links, under names that are no other’s', () => {
  assert.equal(
    clean(
      '<img src="cid:logo@example.test" usemap="#m"><map name="m"><area shape="rect" coords="0,0,1,1" href="javascript:x"></map>',
    ),
    '<img data-inline-src="2" usemap="#m-m" /><map name="m-m"><area shape="rect" coords="0,0,1,1" /></map>',
  )
})

test('text that looks like markup stays text', () => {
  assert.equal(clean('1 &lt; 2 &amp;&amp; &lt;script&gt; &copy;'), '1 &lt; 2 &amp;&amp; &lt;script&gt; ©')
})

test('a document type says how browsers lay the message out', () => {
  const typeOf = (html: string) => sanitize(html).facts.documentType
  const standards = '<!DOCTYPE html>'
  const dtd = (name: string, system = ' "http://x.dtd"') =>
    `<!DOCTYPE HTML PUBLIC "-//W3C//DTD ${name}//EN"${system}><p>x`
  for (const html of [
    '<!doctype html><p>x',
    '<!-- x --> <!DOCTYPE html>',
    dtd('HTML 4.01'),
    dtd('XHTML 1.0 Strict'),
    dtd('XHTML 1.1'),
  ]) {
    assert.equal(typeOf(html), standards, html)
  }
  for (const html of [dtd('XHTML 1.0 Transitional', ''), dtd('HTML 4.01 Transitional'), dtd('XHTML 1.0 Frameset')]) {
    assert.match(typeOf(html), /Transitional/, html)
  }
  for (const html of [
    '<p>x',
    'x<!doctype html>',
    dtd('HTML 4.01 Transitional', ''),
    dtd('HTML 3.2'),
    dtd('HTML 4.0 Transitional'),
  ]) {
    assert.equal(typeOf(html), '', html)
  }
})
