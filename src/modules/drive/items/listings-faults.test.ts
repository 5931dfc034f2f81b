import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { after, afterEach, suite, test } from 'node:test'
import { startDrive } from '../../../../test/fixtures/drive.ts'

type Shown = { name: string }

suite('a Nextcloud that answers badly', async () => {
  const drive = await startDrive()
  after(() => drive.close())
  const { alice, nextcloud } = drive
  const countRequests = nextcloud.faults.intercept
  afterEach(() => {
    nextcloud.faults.intercept = countRequests
  })
  const list = (path: string) => alice('GET', `/items?path=${path}`)
  const names = async (path: string) => (await list(path)).body.items.map(({ name }: Shown) => name)
  /** Answers each question for properties so. */
  const answer = (respond: (response: ServerResponse) => void) => {
    nextcloud.faults.intercept = (request, response) => {
      if (request.method !== 'PROPFIND') return false
      request.resume()
      respond(response.writeHead(207, { 'content-type': 'application/xml' }))
      return true
    }
  }
  await nextcloud.write('alice', 'Safe/a.txt', 'a')
  await names('/Safe')

  test('a billion laughs, an endless nest and what is no XML harm nothing, and are told as its fault', async () => {
    const laughs = Array.from({ length: 9 }, (_, n) => `<!ENTITY l${n + 1} "${`&l${n};`.repeat(10)}">`).join('')
    for (const text of [
      `<?xml version="1.0"?><!DOCTYPE d [<!ENTITY l0 "lol">${laughs}]><d:multistatus xmlns:d="DAV:">&l9;</d:multistatus>`,
      '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><d:multistatus xmlns:d="DAV:">&x;</d:multistatus>',
      `${'<a>'.repeat(50_000)}${'</a>'.repeat(50_000)}`,
      '<d:multistatus xmlns:d="DAV:"><d:response>',
      'not XML at all',
      '{}',
    ]) {
      answer((response) => void response.end(text))
      await drive.letPass('alice')
      const { status, body } = await list('/Unseen')
      assert.deepEqual([status, body.code], [502, 'upstream_unavailable'], text.slice(0, 60))
    }
    nextcloud.faults.intercept = countRequests
    assert.deepEqual(await names('/Safe'), ['a.txt'])
  })

  test('an answer of a gigabyte is cut off long before', async () => {
    const piece = Buffer.alloc(1024 * 1024, '<d:response/>')
    let sent = 0
    answer((response) => {
      const more = () => {
        while (!response.destroyed && sent < 1024) {
          sent++
          if (!response.write(piece)) return void response.once('drain', more)
        }
        response.end()
      }
      response.write('<d:multistatus xmlns:d="DAV:">')
      more()
    })
    await drive.letPass('alice')
    const { status, body } = await list('/Endless')
    assert.deepEqual([status, body.code], [502, 'upstream_unavailable'])
    assert.ok(sent < 200, `${sent} MB were read`)
  })

  test('hrefs that lead elsewhere are no files of anybody', async () => {
    const file = (href: string) =>
      `<d:response><d:href>${href}</d:href><d:propstat><d:prop><oc:fileid>${Math.floor(Math.random() * 1e9)}</oc:fileid><d:getetag>"1"</d:getetag><d:resourcetype>${href.endsWith('/') ? '<d:collection/>' : ''}</d:resourcetype></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>`
    const root = '/cloud/remote.php/dav/files/alice'
    const hrefs = [
      `${root}/Odd/`,
      `${root}/Odd/good.txt`,
      `${root}/Odd/../../bob/x`,
      `${root}/Odd/%2e%2e/x`,
      '/elsewhere/x',
      `${root}/Odd/a%2fb`,
      `${root}/Other/x`,
    ]
    answer(
      (response) =>
        void response.end(
          `<d:multistatus xmlns:d="DAV:" xmlns:oc="http://owncloud.org/ns">${hrefs.map(file).join('')}</d:multistatus>`,
        ),
    )
    assert.deepEqual(await names('/Odd'), ['good.txt'])
  })

  test('while it is away what is known for sure is shown, and the rest is told to be missing', async () => {
    assert.deepEqual(await names('/Safe'), ['a.txt'])
    nextcloud.faults.isMaintenance = true
    assert.deepEqual(await names('/Safe'), ['a.txt'])
    await drive.letPass('alice')
    const { status, body } = await list('/Safe')
    nextcloud.faults.isMaintenance = false
    assert.deepEqual([status, body.code], [503, 'nextcloud.maintenance'])
  })
})
