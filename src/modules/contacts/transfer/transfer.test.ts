import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { after, suite, test } from 'node:test'
import iconv from 'iconv-lite'
import { readVcard } from '#integrations/vcard/vcard-reader.ts'
import { startContactsApp } from '../../../../test/fixtures/contacts-app.ts'
import type { CardDraft } from '../card/card.ts'
import { readCard } from '../card/read-card.ts'
import { readCsv } from './csv-reader.ts'

async function drafts(content: string | Buffer): Promise<CardDraft[]> {
  const read: CardDraft[] = []
  for await (const { draft } of readCsv(Readable.from([Buffer.from(content as string)]))) read.push(draft)
  return read
}

const google = [
  'First Name,Last Name,Nickname,Organization Name,Organization Title,Birthday,Notes,Labels,E-mail 1 - Label,E-mail 1 - Value,Phone 1 - Label,Phone 1 - Value,Address 1 - Label,Address 1 - Street,Address 1 - City,Custom Field 1 - Label,Custom Field 1 - Value',
  'Grace,Hopper,Amazing,Yale,Professor,1906-12-09,"Two\nlines, and a comma",* myContacts ::: Pioneers,* Work,grace@x.test ::: hopper@x.test,Mobile,+1 203,Home,1 Main St,New Haven,Shoe size,38',
].join('\r\n')
const outlook = [
  'First Name;Last Name;Company;Job Title;Business Phone;Mobile Phone;E-mail Address;E-mail 2 Address;Birthday;Home Street;Home City;Categories;Spouse;Gender',
  'Jörg;Müller;Bahn;Lokführer;+49 30;+49 170;j@x.test;m@x.test;9.12.1970;Weg 1;Köln;Arbeit,Zug;Sabine;Male',
].join('\r\n')

test('the columns of Google and of Outlook are read, in their encodings and with their separators', async () => {
  const [grace] = await drafts(`\ufeff${google}`)
  assert.deepEqual(
    [grace?.name?.given, grace?.name?.surname, grace?.nicknames, grace?.categories],
    ['Grace', 'Hopper', ['Amazing'], ['Pioneers']],
  )
  assert.deepEqual(Object.values(grace?.emails ?? {}), [
    { address: 'grace@x.test', contexts: ['work'], pref: 1 },
    { address: 'hopper@x.test', contexts: ['work'], pref: 1 },
  ])
  assert.deepEqual(
    [grace?.phones, grace?.custom_fields],
    [{ p1: { number: '+1 203', features: ['mobile'] } }, { c1: { value: '38', label: 'Shoe size' } }],
  )
  assert.deepEqual(
    [grace?.anniversaries?.d1?.date, grace?.notes?.n1?.note],
    [{ year: 1906, month: 12, day: 9 }, 'Two\nlines, and a comma'],
  )
  const [joerg] = await drafts(iconv.encode(outlook, 'windows-1252'))
  assert.deepEqual(
    [joerg?.name?.given, joerg?.titles?.t1?.name, joerg?.addresses?.a1?.locality],
    ['Jörg', 'Lokführer', 'Köln'],
  )
  assert.deepEqual(
    [joerg?.anniversaries?.d1?.date, joerg?.gender, joerg?.categories],
    [{ year: 1970, month: 12, day: 9 }, { sex: 'M' }, ['Arbeit', 'Zug']],
  )
  assert.deepEqual(
    Object.values(joerg?.phones ?? {}).map(({ number }) => number),
    ['+49 170', '+49 30'],
  )
  await assert.rejects(drafts('a,b\r\n1,2\r\n'), { code: 'contacts.unknown_columns' })
})

suite('files of contacts', async () => {
  const app = await startContactsApp()
  after(() => app.close())
  const ask = async (method: string, path: string, body?: string) => {
    const headers = { authorization: `Bearer ${await app.token('alice')}`, 'content-type': 'text/plain' }
    const answer = await fetch(new URL(`/api/v1/contacts${path}`, app.url), {
      method,
      headers,
      ...(body !== undefined && { body }),
    })
    return { status: answer.status, type: answer.headers.get('content-type'), text: await answer.text() }
  }
  const bring = async (query: string, body: string) => {
    const { status, text } = await ask('POST', `/contacts/import${query}`, body)
    assert.equal(status, 200, text)
    const lines = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    return { rows: lines.slice(0, -1), summary: lines.at(-1) }
  }
  const old =
    'BEGIN:VCARD\r\nVERSION:2.1\r\nN;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:M=C3=BCller;J=C3=B6rg\r\nTEL;CELL:+49 1\r\nEND:VCARD\r\n'
  const current = (name: string) =>
    `BEGIN:VCARD\r\nVERSION:4.0\r\nUID:odd uid/1\r\nFN:${name}\r\nX-ODD:kept\r\nEND:VCARD\r\n`

  test('vCards of any version are brought once, however often the file is, with a report of each', async () => {
    const file = `${old}junk\r\n${current('Ann')}`
    const first = await bring('', file)
    assert.deepEqual(
      first.rows.map((row: { line: number; outcome: string; name?: string; code?: string }) => [
        row.line,
        row.outcome,
        row.name ?? row.code,
      ]),
      [
        [1, 'created', 'Jörg Müller'],
        [6, 'failed', 'contacts.not_a_vcard'],
        [7, 'created', 'Ann'],
      ],
    )
    assert.deepEqual([first.summary.created, first.summary.failed, first.summary.is_complete], [2, 1, true])
    const second = await bring('', file)
    assert.deepEqual([second.summary.created, second.summary.unchanged], [0, 2])
    const changed = await bring('', current('Anna'))
    assert.equal(changed.rows[0].outcome, 'kept')
    const replaced = await bring('?existing=replace', current('Anna'))
    assert.equal(replaced.rows[0].outcome, 'replaced')
    assert.equal((await app.get('alice', `/contacts${replaced.rows[0].path}`)).name.full, 'Anna')
  })

  test('CSV is brought once; what is exported as vCard and CSV is read again', async () => {
    const first = await bring('?format=csv', google)
    assert.deepEqual([first.rows[0].outcome, first.rows[0].name], ['created', 'Grace Hopper'])
    assert.equal((await bring('?format=csv', google)).summary.unchanged, 1)
    const vcards = await ask('GET', '/contacts/export')
    assert.match(vcards.type ?? '', /^text\/vcard/)
    assert.match(vcards.text, /X-ODD:kept/)
    const old3 = (await ask('GET', '/contacts/export?format=vcard3')).text
      .split(/(?=BEGIN:VCARD)/)
      .map((one) => readCard(readVcard(one)).name.full)
    assert.deepEqual(old3.toSorted(), ['Anna', 'Grace Hopper', 'Jörg Müller'])
    const csv = await ask('GET', '/contacts/export?format=csv')
    const [grace] = (await drafts(csv.text)).filter(({ name }) => name?.surname === 'Hopper')
    assert.deepEqual(
      [grace?.emails?.e1?.address, grace?.anniversaries?.d1?.date.year, grace?.notes?.n1?.note],
      ['grace@x.test', 1906, 'Two\nlines, and a comma'],
    )
  })

  test('a file with foreign columns, a book that is not there and a Nextcloud that goes away say so', async () => {
    const { summary } = await bring('?format=csv', 'a,b\r\n1,2\r\n')
    assert.deepEqual([summary.is_complete, summary.code], [false, 'contacts.unknown_columns'])
    assert.equal((await ask('POST', '/nowhere/import', old)).status, 404)
    app.nextcloud.faults.intercept = (request, response) => {
      if (request.method === 'PUT') response.writeHead(503).end()
      return request.method === 'PUT'
    }
    const stopped = await bring('', current('Late').replace('odd uid/1', 'late'))
    app.nextcloud.faults.intercept = undefined
    assert.deepEqual([stopped.summary.is_complete, stopped.summary.code], [false, 'upstream_unavailable'])
  })
})
