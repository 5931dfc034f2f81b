import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, suite, test } from 'node:test'
import { type Browser, chromium } from 'playwright-core'
import { startDrive } from './fixtures/drive.ts'
import { skipWithoutChromium } from './harness/servers.ts'

const script = 'console.log("it ran")'
const page = `<!doctype html><title>page</title><script>${script}</script>`
const drawing = `<svg xmlns="http://www.w3.org/2000/svg"><script>${script}</script></svg>`
const xhtml = `<html xmlns="http://www.w3.org/1999/xhtml"><head><script>${script}</script></head></html>`

/** Files that are not what their name or their type says, or that a browser would run as a page of this site. */
const confusing = [
  { name: 'page.html', type: 'text/html', bytes: page },
  { name: 'shouted.html', type: 'TEXT/HTML', bytes: page },
  { name: 'with a charset.html', type: 'Text/Html; charset=utf-7', bytes: page },
  { name: 'page.xhtml', type: 'application/xhtml+xml', bytes: xhtml },
  { name: 'shouted.xhtml', type: 'Application/XHTML+XML', bytes: xhtml },
  { name: 'page.xml', type: 'text/xml', bytes: xhtml },
  { name: 'drawing.svg', type: 'image/svg+xml', bytes: drawing },
  { name: 'shouted.svg', type: 'IMAGE/SVG+XML', bytes: drawing },
  { name: 'drawing.png', type: 'image/png', bytes: drawing },
  { name: 'page.png', type: 'image/png', bytes: page },
  { name: 'page.gif', type: 'image/gif', bytes: `GIF89a/*${page}*/=1;${script}` },
  { name: 'page.txt', type: 'text/plain', bytes: page },
  { name: 'page.pdf', type: 'application/pdf', bytes: `%PDF-1.4\n${page}` },
  { name: 'script.js', type: 'text/javascript', bytes: script },
  { name: 'script.jpg', type: 'image/jpeg', bytes: script },
  {
    name: 'page.mht',
    type: 'multipart/related; boundary=b',
    bytes: `--b\r\nContent-Type: text/html\r\n\r\n${page}\r\n--b--`,
  },
]
const anyType = 'must be a media type; application/octet-stream is one for any file'
const runs = /html|xml|svg|script|multipart/i

suite('files that are not what they say', async () => {
  const drive = await startDrive()
  after(() => drive.close())
  const { alice, app } = drive
  const authorization = `Bearer ${await app.token('alice')}`

  /** Where each of them can be read by a browser, with what each is. */
  const places: { address: string; what: string }[] = []
  for (const { name, type, bytes } of confusing) {
    const headers = { 'content-type': type }
    const stored = await alice('PUT', `/content/${encodeURIComponent(name)}`, { body: bytes, headers })
    assert.equal(stored.status, 201, `${type}: ${JSON.stringify(stored.body)}`)
    const link = (await alice('POST', '/shares', { body: { item_id: stored.body.item_id, kind: 'link' } })).body
    const attached = await app.request('POST', `/api/v1/mail/uploads/content?filename=${encodeURIComponent(name)}`, {
      ...{ as: 'alice', body: bytes, headers },
    })
    const announced = await app.request('POST', '/api/v1/mail/uploads', {
      ...{ as: 'alice', body: { filename: name, content_type: type, size_bytes: Buffer.byteLength(bytes) } },
    })
    const paths = [
      `/api/v1/drive/content/${encodeURIComponent(name)}?disposition=inline`,
      `/api/v1/drive/content/${encodeURIComponent(name)}`,
      `/api/v1/drive/items/${stored.body.item_id}/content?disposition=inline`,
      `/api/v1/drive/public/${link.token}/content?disposition=inline`,
    ]
    // A multipart body is read as a form.
    if (attached.status === 201) paths.push(`/api/v1/mail/uploads/${attached.body.id}/content`)
    if (announced.status === 201) {
      const address = `/api/v1/mail/uploads/${announced.body.id}/content`
      const octets = { 'content-type': 'application/octet-stream' }
      const filled = await app.request('PUT', address, { as: 'alice', body: bytes, headers: octets })
      assert.equal(filled.status, 200, JSON.stringify(filled.body))
      paths.push(address)
    }
    for (const path of paths) places.push({ address: app.url + path, what: `${name} (${type}) at ${path}` })
  }

  test('come under any media type, and under what is none not at all', async () => {
    for (const type of ['html', 'image/png, text/html']) {
      const { status, body } = await alice('PUT', '/content/none', { body: page, headers: { 'content-type': type } })
      assert.deepEqual([status, body.details], [400, [{ path: 'headers.content-type', message: anyType }]])
    }
  })

  test('are handed out under types that no browser runs, saved unless they are harmless, and never guessed', async () => {
    for (const { address, what } of places) {
      const { status, headers } = await fetch(address, { headers: { authorization } })
      assert.equal(status, 200, what)
      const [type, disposition] = [headers.get('content-type') ?? '', headers.get('content-disposition') ?? '']
      assert.doesNotMatch(type, runs, what)
      assert.equal(headers.get('x-content-type-options'), 'nosniff', what)
      assert.match(headers.get('content-security-policy') ?? '', /\bsandbox(;|$)/, what)
      if (!disposition.startsWith('attachment;')) {
        assert.match(disposition, /^inline; filename/, what)
        assert.match(type, /^(image\/(png|gif|jpeg)|text\/plain; charset=utf-8|application\/pdf)$/, what)
      }
    }
  })

  test('run nothing in a real browser, opened as a page, framed, or asked for as a script', {
    skip: skipWithoutChromium,
  }, async (t) => {
    const browser = await chromium.launch({
      executablePath: '/usr/bin/chromium',
      args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking'],
    })
    t.after(() => browser.close())
    assert.deepEqual(
      await whatRuns(
        browser,
        places.map(({ address }) => address),
        authorization,
      ),
      [],
    )
    // The same, handed out as careless servers do: the test above can fail.
    const careless = createServer(({ url = '' }, response) => {
      const found = confusing[Number(url.slice(1))]
      response.writeHead(found ? 200 : 404, { 'content-type': found?.type ?? 'text/plain' }).end(found?.bytes)
    }).listen(0, '127.0.0.1')
    t.after(() => careless.close())
    await once(careless, 'listening')
    const { port } = careless.address() as AddressInfo
    const ran = await whatRuns(
      browser,
      confusing.map((_, index) => `http://127.0.0.1:${port}/${index}`),
    )
    for (const name of ['page.html', 'shouted.html', 'page.xhtml', 'drawing.svg', 'shouted.svg', 'script.js']) {
      const index = confusing.findIndex((one) => one.name === name)
      assert.ok(ran.includes(`http://127.0.0.1:${port}/${index}`), `${name} ran nothing: ${ran.join(' ')}`)
    }
  })
})

/** The addresses whose content ran when a browser opened, framed or loaded it. */
async function whatRuns(browser: Browser, addresses: readonly string[], authorization?: string): Promise<string[]> {
  const context = await browser.newContext(authorization ? { extraHTTPHeaders: { authorization } } : {})
  const ran = new Set<string>()
  const tab = await context.newPage()
  tab.on('console', (message) => {
    if (message.text() === 'it ran') ran.add(message.location().url)
  })
  // A page of the same site, as a front end is.
  const home = new URL('/home', addresses[0]).href
  const embeddings = addresses.flatMap((address) => [
    `<iframe src="${address}"></iframe>`,
    `<object data="${address}"></object>`,
    `<script src="${address}"></script>`,
  ])
  await tab.route(home, (route) => route.fulfill({ contentType: 'text/html', body: embeddings.join('') }))
  // What is saved instead of shown ends the visit with an error.
  for (const address of [home, ...addresses.filter(isShown)]) await tab.goto(address).catch(() => undefined)
  await context.close()
  return [...ran]
}

/** The others are saved, wherever they lie. */
const isShown = (address: string): boolean => address.includes('inline') || !address.includes('/api/')
