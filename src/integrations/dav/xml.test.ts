import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fc } from '../../../test/harness/properties.ts'
import { holds, isCollection, readMultistatus, textOf } from './multistatus.ts'
import { childOf, parseXml, xml, xmlDocument } from './xml.ts'

test('text survives the way through a document, whatever is in it', () => {
  const text = fc.string({ unit: 'grapheme' }).filter((one) => !/\p{Cc}|[\ufffe\uffff]/u.test(one))
  fc.assert(
    fc.property(text, text, (content, value) => {
      const root = parseXml(xmlDocument('d:prop', {}, xml('oc:x', { value }, content)))
      assert.equal(childOf(root, 'oc:x')?.text, content)
      assert.equal(childOf(root, 'oc:x')?.attributes.value, value)
    }),
    { numRuns: 500 },
  )
  const lines = parseXml(xmlDocument('d:prop', {}, 'a\r\nb\tc')).text
  assert.equal(lines, 'a\r\nb\tc')
})

test('what XML cannot hold is left out of what is written', () => {
  assert.equal(parseXml(xmlDocument('d:prop', {}, 'a\u0001b\u0000c\ud800d')).text, 'abcd')
})

test('names bear our prefixes whatever the server calls its namespaces', () => {
  const document = parseXml(
    '<multistatus xmlns="DAV:"><x:y xmlns:x="urn:ietf:params:xml:ns:caldav"/><z xmlns=""/></multistatus>',
  )
  assert.deepEqual(
    document.children.map(({ name }) => name),
    ['cal:y', '{}z'],
  )
  assert.equal(
    parseXml('<D:a xmlns:D="DAV:" xmlns:lp1="http://apache.org/x"><lp1:b/></D:a>').children[0]?.name,
    '{http://apache.org/x}b',
  )
  assert.equal(
    parseXml(xmlDocument('d:prop', {}, xml('{http://apache.org/x}b'))).children[0]?.name,
    '{http://apache.org/x}b',
  )
})

test('references and CDATA are read, unknown entities are left as they are', () => {
  const { text } = parseXml('<a>&lt;&#233;&#xE9;&unknown;<![CDATA[<b>&amp;]]></a>')
  assert.equal(text, '<éé&unknown;<b>&amp;')
})

test('a document that declares entities, is cut off, nests without end or is none is refused', () => {
  const laughs = `<!DOCTYPE lolz [<!ENTITY lol "lol">${Array.from({ length: 9 }, (_, i) => `<!ENTITY lol${i} "${'&lol;'.repeat(10)}">`).join('')}]><a>&lol9;</a>`
  const external = '<!doctype a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'
  const deep = '<a>'.repeat(100_000) + '</a>'.repeat(100_000)
  for (const text of [
    laughs,
    external,
    deep,
    '',
    'no',
    '<a>',
    '<a><b></a><b>',
    '<a><b>x</b>',
    '{"a":1}',
    '<'.repeat(1000),
  ]) {
    assert.throws(() => parseXml(text), SyntaxError, text.slice(0, 40))
  }
})

test('garbage never throws anything but a SyntaxError', () => {
  const pieces = fc.constantFrom(
    '<',
    '>',
    '</',
    '/>',
    'd:a',
    ' x="',
    '"',
    '&',
    ';',
    '<![CDATA[',
    ']]>',
    '<!--',
    '-->',
    '<?',
    '?>',
    '__proto__',
    'constructor',
    '\0',
  )
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 40 }), (parts) => {
      try {
        parseXml(parts.join(''))
      } catch (error) {
        assert.ok(error instanceof SyntaxError)
      }
    }),
    { numRuns: 2000 },
  )
})

test('a multistatus tells of each resource what it has and what it lacks', () => {
  const { resources, syncToken, prefix } = readMultistatus(
    parseXml(`<?xml version="1.0"?>
      <d:multistatus xmlns:d="DAV:" xmlns:oc="http://owncloud.org/ns"><d:response><d:href>/cloud/remote.php/dav/files/alice/%c3%a9/</d:href>
      <d:propstat><d:prop><d:resourcetype><d:collection/></d:resourcetype><d:getetag>&quot;x&quot;</d:getetag></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat>
      <d:propstat><d:prop><oc:size/></d:prop><d:status>HTTP/1.1 404 Not Found</d:status></d:propstat></d:response>
      <d:response><d:href>/cloud/remote.php/dav/files/alice/gone</d:href><d:status>HTTP/1.1 404 Not Found</d:status></d:response>
      <d:response><d:href>/cloud/remote.php/dav/files/alice/../bob/x</d:href><d:status>HTTP/1.1 200 OK</d:status></d:response>
      <d:sync-token>http://sabre.io/ns/sync/7</d:sync-token></d:multistatus>`),
    '/remote.php/dav',
  )
  const [folder, gone, ...others] = resources
  assert.ok(folder && gone)
  assert.deepEqual(
    [folder.path, isCollection(folder), textOf(folder, 'd:getetag'), textOf(folder, 'oc:size')],
    ['/files/alice/é/', true, '"x"', undefined],
  )
  assert.deepEqual([...folder.failed], [['oc:size', 404]])
  assert.equal(holds(folder, 'd:resourcetype', 'cal:calendar'), false)
  assert.deepEqual([gone.path, gone.status], ['/files/alice/gone', 404])
  assert.deepEqual([others.length, syncToken, prefix], [0, 'http://sabre.io/ns/sync/7', '/cloud'])
})
