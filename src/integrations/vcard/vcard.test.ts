import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fc } from '../../../test/harness/properties.ts'
import { firstOf, paramOf, paramValues, propertiesOf, property, type Vcard } from './vcard.ts'
import { readPicture, writePicture } from './vcard-picture.ts'
import { readVcard, readVcards } from './vcard-reader.ts'
import { readComponents, readList, unescapeText } from './vcard-text.ts'
import { asVersion } from './vcard-version.ts'
import { writeVcard } from './vcard-writer.ts'

const card = (...lines: string[]) => ['BEGIN:VCARD', ...lines, 'END:VCARD', ''].join('\r\n')
const textOf = (vcard: Vcard, name: string) => unescapeText(firstOf(vcard, name)?.value ?? '')

async function* inPieces(bytes: Buffer, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}
async function all(bytes: Buffer | string, size = 7) {
  const read = []
  for await (const one of readVcards(inPieces(Buffer.from(bytes as string), size))) read.push(one)
  return read
}
async function only(bytes: Buffer | string): Promise<Vcard> {
  const [first] = await all(bytes)
  assert(first && 'vcard' in first)
  return first.vcard
}

test('a folded line is whole again, also where a character was folded in its middle', async () => {
  const folded = Buffer.from(card('VERSION:4.0', 'FN:Zo\u00eb de la Cru', ' z', 'NOTE:a\\nb\\, c')).toString('latin1')
  const torn = Buffer.from(folded.replace('\xc3\xab', '\xc3\r\n \xab'), 'latin1')
  const vcard = await only(torn)
  assert.equal(textOf(vcard, 'FN'), 'Zoë de la Cruz')
  assert.equal(textOf(vcard, 'NOTE'), 'a\nb, c')
})

test('vCard 2.1 is read: quoted-printable with soft breaks and charsets, types without a name, semicolons alone escaped', async () => {
  const vcard = await only(
    card(
      'VERSION:2.1',
      'N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller;J=C3=B6rg;;;',
      'FN;CHARSET=ISO-8859-1;QUOTED-PRINTABLE:J=F6rg M=FCller',
      'NOTE;ENCODING=QUOTED-PRINTABLE:first line=0D=0A=',
      'second, line=',
      '',
      'TEL;HOME;CELL;PREF:+49 1',
      'ADR;WORK:;;Main St\\; 1, left;Town;;;',
      'ORG:Tom, Dick & Co;Sales',
    ),
  )
  assert.equal(vcard.version, '3.0')
  assert.deepEqual(readComponents(firstOf(vcard, 'N')?.value ?? '').slice(0, 2), ['Müller', 'Jörg'])
  assert.equal(textOf(vcard, 'FN'), 'Jörg Müller')
  assert.equal(textOf(vcard, 'NOTE'), 'first line\nsecond, line')
  const [tel] = propertiesOf(vcard, 'TEL')
  assert.deepEqual(tel && paramValues(tel, 'TYPE'), ['HOME', 'CELL', 'PREF'])
  assert.equal(unescapeText(readComponents(firstOf(vcard, 'ADR')?.value ?? '')[2] ?? ''), 'Main St; 1, left')
  assert.deepEqual(readComponents(firstOf(vcard, 'ORG')?.value ?? '').map(unescapeText), ['Tom, Dick & Co', 'Sales'])
})

test('base64 is read as each program wraps it', async () => {
  const picture = Buffer.from(Array.from({ length: 90 }, (_, at) => at))
  const base64 = picture.toString('base64')
  const [one, two] = [base64.slice(0, 60), base64.slice(60)]
  const forms = [
    card('VERSION:2.1', `PHOTO;JPEG;ENCODING=BASE64:${one}`, ` ${two}`, '', 'FN:After'),
    card('VERSION:2.1', 'PHOTO;ENCODING=BASE64;TYPE=JPEG:', `${one}`, `${two}`, '', 'FN:After'),
    card('VERSION:3.0', `PHOTO;ENCODING=b;TYPE=JPEG:${one}`, ` ${two}`, 'FN:After'),
    card('VERSION:3.0', `PHOTO;BASE64:${one}`, `  ${two}`, 'FN:After'),
    card('VERSION:4.0', `PHOTO:data:image/jpeg;base64,${one}`, ` ${two}`, 'FN:After'),
  ]
  for (const form of forms) {
    const vcard = await only(form)
    const photo = firstOf(vcard, 'PHOTO')
    const read = photo && readPicture(photo)
    assert(read && 'bytes' in read, form)
    assert.deepEqual([read.mediaType, read.bytes], ['image/jpeg', picture], form)
    assert.equal(textOf(vcard, 'FN'), 'After')
  }
})

test('groups with labels, quoted parameters and names of no standard stay as they are', () => {
  const text = card(
    'VERSION:3.0',
    'FN:Anna',
    'item1.EMAIL;type=INTERNET;type=pref:anna@example.test',
    'item1.X-ABLabel:_$!<Other>!$_',
    'X-ODD;X-P="a:b;c,d";Y=1,2:kept\\, as it is',
  )
  const vcard = readVcard(text)
  assert.deepEqual(
    vcard.properties.map(({ group, name }) => `${group}.${name}`),
    ['undefined.FN', 'item1.EMAIL', 'item1.X-ABLABEL', 'undefined.X-ODD'],
  )
  const odd = firstOf(vcard, 'X-ODD')
  assert.equal(odd && paramOf(odd, 'X-P'), 'a:b;c,d')
  assert.deepEqual(readVcard(writeVcard(vcard)), vcard)
})

test('broken encodings are read as what they most likely are', async () => {
  const latin = Buffer.from(card('VERSION:3.0', 'FN:J\xf6rg \x80'), 'latin1')
  assert.equal(textOf(await only(latin), 'FN'), 'Jörg €')
  const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(card('VERSION:3.0', 'FN:Zoë'), 'utf16le')])
  assert.equal(textOf(await only(utf16), 'FN'), 'Zoë')
  const marked = Buffer.from(`\ufeff${card('VERSION:3.0', 'FN:Zoë')}`)
  assert.equal(textOf(await only(marked), 'FN'), 'Zoë')
  assert.equal(
    textOf(await only(card('VERSION:3.0', 'NOTE:one', 'two without a colon')), 'NOTE'),
    'one\ntwo without a colon',
  )
})

test('what is no card is told by its line, and the cards around it are read', async () => {
  const agent = ['AGENT:', 'BEGIN:VCARD', 'VERSION:2.1', 'FN:Secretary', 'END:VCARD']
  const file = `junk\n${card('VERSION:2.1', 'FN:One', ...agent, 'TITLE:Boss')}\n\nmore junk\n${card('FN:Two')}BEGIN:VCARD\nFN:cut`
  const read = await all(file)
  assert.deepEqual(
    read.map((one) => [one.line, 'vcard' in one ? textOf(one.vcard, 'FN') : one.fault]),
    [
      [1, 'not_a_vcard'],
      [2, 'One'],
      [14, 'not_a_vcard'],
      [15, 'Two'],
      [18, 'cut_off'],
    ],
  )
  assert('vcard' in (read[1] ?? {}))
  const [, first] = read
  assert(first && 'vcard' in first)
  assert.match(textOf(first.vcard, 'AGENT'), /FN:Secretary/)
  assert.equal(textOf(first.vcard, 'TITLE'), 'Boss')
  assert.throws(() => readVcard('no card'), SyntaxError)
})

test('what a card holds is written and read again as it was, in lines of at most 75 octets', () => {
  const name = fc.constantFrom('X-A', 'X-ODD', 'NOTE', 'ADR')
  const unit = fc.constantFrom('a', ' ', ':', ';', ',', '^', '=', 'é', '日', '🎉', '\u2028', '\u00ad')
  const anyText = fc.string({ unit, maxLength: 60 })
  const params = fc.array(
    fc.record({
      name: fc.constantFrom('TYPE', 'X-P', 'PREF'),
      values: fc.array(
        anyText.filter((one) => !/["]/.test(one)),
        { minLength: 1, maxLength: 2 },
      ),
    }),
    { maxLength: 2 },
  )
  const properties = fc.array(
    fc.record({
      group: fc.option(fc.constantFrom('item1', 'g-2'), { nil: undefined }),
      name,
      params,
      value: anyText.map((text) => text.replaceAll('\\', '\\\\')),
    }),
    { maxLength: 5 },
  )
  fc.assert(
    fc.property(properties, fc.constantFrom('3.0' as const, '4.0' as const), (made, version) => {
      const some = made.map((one) => ({ ...one, params: one.params.map((param) => ({ ...param })) }))
      const text = writeVcard({ version, properties: some })
      for (const line of text.split('\r\n')) assert(Buffer.byteLength(line) <= 75)
      assert.deepEqual(readVcard(text), { version, properties: some })
    }),
    { numRuns: 50 },
  )
})

test('any bytes at all are read to their end', async () => {
  const bytes = fc.array(
    fc.oneof(
      fc.constantFrom('BEGIN:VCARD\n', 'END:VCARD\n', 'N;ENCODING=QUOTED-PRINTABLE:a=', ' ', '\n', ':'),
      fc.string(),
    ),
  )
  await fc.assert(
    fc.asyncProperty(bytes, async (pieces) => void (await all(pieces.join('')))),
    { numRuns: 60 },
  )
})

test('a picture and the kind of a group take the form of their version, and back', () => {
  const bytes = Buffer.from([1, 2, 3])
  const old: Vcard = {
    version: '3.0',
    properties: [writePicture('image/png', bytes, '3.0'), property('X-ADDRESSBOOKSERVER-KIND', 'group')],
  }
  assert.equal(old.properties[0] && paramOf(old.properties[0], 'ENCODING'), 'b')
  const current = asVersion(old, '4.0')
  assert.match(current.properties[0]?.value ?? '', /^data:image\/png;base64,/)
  assert.equal(firstOf(current, 'KIND')?.value, 'group')
  assert.deepEqual(asVersion(asVersion(current, '3.0'), '4.0'), current)
  assert.deepEqual(readList('a, b\\,c,,'), ['a', 'b,c'])
})
