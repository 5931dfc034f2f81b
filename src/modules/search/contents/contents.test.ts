import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { pino } from 'pino'
import { pdf } from '../../../../sandbox/mailbox/files/pdf.ts'
import { zip } from '../../../../sandbox/mailbox/files/zip.ts'
import { documentOf, openSearchIndex } from '../../../../test/fixtures/search-rows.ts'
import { newId } from '../../../platform/ids.ts'
import { createContents } from './contents.ts'

let world: Awaited<ReturnType<typeof openSearchIndex>>
let contents: ReturnType<typeof createContents>
/** What lies behind the documents, by their ids. */
const files = new Map<string, Buffer | Error>()

before(async () => {
  world = await openSearchIndex()
  const source = {
    types: ['drive.file'],
    async open(_ownerId: string, id: string) {
      const file = files.get(id)
      if (file instanceof Error) throw file
      return (
        file &&
        (async function* () {
          yield file.subarray(0, 10)
          yield file.subarray(10)
        })()
      )
    },
  }
  contents = createContents({ ...world, sources: [source], log: pino({ level: 'silent' }) })
})
after(async () => {
  await contents.close()
  await world.close()
})

const extract = (ownerId: string) => contents.jobs[0]?.run({ ownerId })
const states = (ownerId: string) =>
  world.database
    .selectFrom('search_document')
    .select(['title', 'content_state'])
    .where('owner_id', '=', ownerId)
    .orderBy('title')
    .execute()

const office = 'application/vnd.openxmlformats-officedocument'
const odt = 'application/vnd.oasis.opendocument.text'
const xmlZip = (name: string, xml: string) => zip([{ name, content: Buffer.from(`<?xml version="1.0"?>${xml}`) }])
const word = xmlZip(
  'word/document.xml',
  '<w:document xmlns:w="w"><w:body><w:p><w:r><w:t>Compte </w:t></w:r><w:r><w:t>rendu &amp; budget</w:t></w:r></w:p><w:p><w:r><w:t>Pangolins</w:t></w:r></w:p></w:body></w:document>',
)
const sheet = xmlZip('xl/sharedStrings.xml', '<sst><si><t>Quarterly</t></si><si><t>turnover</t></si></sst>')
const slides = zip([
  {
    name: 'ppt/slides/slide10.xml',
    content: Buffer.from('<p:sld xmlns:p="p" xmlns:a="a"><a:p><a:r><a:t>lastly wombats</a:t></a:r></a:p></p:sld>'),
  },
  {
    name: 'ppt/slides/slide2.xml',
    content: Buffer.from('<p:sld xmlns:p="p" xmlns:a="a"><a:p><a:r><a:t>firstly koalas</a:t></a:r></a:p></p:sld>'),
  },
])
const writer = xmlZip(
  'content.xml',
  '<office:document-content xmlns:office="o" xmlns:text="t"><office:body><text:h>Règlement intérieur</text:h><text:p>Les enfants d&#233;jeunent</text:p></office:body></office:document-content>',
)

const formats: [name: string, mediaType: string, content: Buffer, q: string, excerpt: RegExp][] = [
  ['notes.txt', 'text/plain', Buffer.from('The heron stands in the pond'), 'heron', /heron stands/],
  ['latin.txt', 'text/plain', Buffer.from('une forêt', 'latin1'), 'foret', /forêt/],
  ['wide.txt', 'text/plain', Buffer.from('\ufeffutf sixteen', 'utf16le'), 'sixteen', /sixteen/],
  ['page.html', 'text/html', Buffer.from('<style>p{}</style><p>A <b>lantern</b>'), 'lantern', /A lantern/],
  ['plan.pdf', 'application/pdf', pdf('Plan', ['Drainage of the court']), 'drainage', /Drainage of the court/],
  [
    'cr.docx',
    `${office}.wordprocessingml.document`,
    word,
    '"compte rendu" pangolin',
    /Compte rendu & budget Pangolins/,
  ],
  ['t.xlsx', `${office}.spreadsheetml.sheet`, sheet, 'turnover', /Quarterly turnover/],
  ['t.pptx', 'application/octet-stream', slides, 'wombats', /firstly koalas lastly wombats/],
  ['r.odt', odt, writer, 'dejeuner', /Règlement intérieur Les enfants déjeunent/],
]

test('the text in files of all formats is found, whatever parts they come in', async () => {
  const owner = newId()
  for (const [filename, mediaType, content] of formats) {
    files.set(filename, content)
    await world.put(
      documentOf(owner, { id: filename, title: filename, filename, content: { mediaType, version: '1' } }),
    )
  }
  await extract(owner)
  const person = { ownerId: owner, permissions: new Set(['drive:read']) }
  for (const [filename, , , q, excerpt] of formats) {
    const { items } = await world.search.find(person, { q, cursor: undefined, limit: 10 })
    assert.deepEqual(
      items.map(({ hit }) => hit.title),
      [filename],
      q,
    )
    assert.match(items[0]?.excerpt.text ?? '', excerpt)
  }
})

test('what was found stays while only the name changes, and goes when the content does', async () => {
  const owner = newId()
  const version = (version: string, title = 'File') =>
    world.put(documentOf(owner, { id: 'kept.txt', title, content: { mediaType: 'text/plain', version } }))
  files.set('kept.txt', Buffer.from('osprey'))
  await version('1')
  await extract(owner)
  await version('1', 'Renamed')
  assert.deepEqual(await world.titles(owner, 'osprey'), ['Renamed'])
  files.set('kept.txt', Buffer.from('kestrel'))
  await version('2')
  assert.deepEqual(await world.titles(owner, 'osprey'), [])
  await extract(owner)
  assert.deepEqual(await world.titles(owner, 'kestrel'), ['File'])
})

test('broken, huge, vanished and foreign files are found by their names alone, and keep no others waiting', async () => {
  const owner = newId()
  const put = (id: string, mediaType: string, content: Buffer | undefined, sizeBytes = 1) => {
    if (content) files.set(id, content)
    return world.put(documentOf(owner, { id, title: id, sizeBytes, content: { mediaType, version: '1' } }))
  }
  await put('a-broken.docx', `${office}.wordprocessingml.document`, Buffer.from('no zip'))
  await put('b-broken.pdf', 'application/pdf', Buffer.from('%PDF-1.4 nothing'))
  await put('c-gone.txt', 'text/plain', undefined)
  await put('d-large.txt', 'text/plain', undefined, 21 * 1024 * 1024)
  await put('e-larger.txt', 'text/plain', Buffer.alloc(21 * 1024 * 1024, 'x'))
  await put('f-picture.png', 'image/png', Buffer.from('x'))
  await put('g-good.txt', 'text/plain', Buffer.from('goshawk'))
  for (let attempt = 0; attempt < 5; attempt++) await extract(owner)
  assert.deepEqual(await world.titles(owner, 'goshawk'), ['g-good.txt'])
  assert.deepEqual(
    (await states(owner)).map(({ title, content_state }) => `${title} ${content_state}`),
    [
      ...['a-broken.docx unreadable', 'b-broken.pdf unreadable', 'c-gone.txt unreadable', 'd-large.txt too_large'],
      ...['e-larger.txt too_large', 'f-picture.png none', 'g-good.txt done'],
    ],
  )
})

test('a system that is away is asked again, some times', async () => {
  const owner = newId()
  files.set('later.txt', new Error('away'))
  await world.put(
    documentOf(owner, { id: 'later.txt', title: 'later', content: { mediaType: 'text/plain', version: '1' } }),
  )
  await extract(owner)
  files.set('later.txt', Buffer.from('merlin'))
  await extract(owner)
  assert.deepEqual(await world.titles(owner, 'merlin'), ['later'])
})
