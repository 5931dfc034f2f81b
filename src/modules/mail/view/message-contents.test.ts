import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, suite, test } from 'node:test'
import { lines, message, multipart } from '../../../../test/fixtures/mime-messages.ts'
import { type ConnectedMailbox, type SyncedApp, startSyncedApp } from '../../../../test/fixtures/synced-app.ts'
import { tnefOf } from '../../../../test/fixtures/tnef.ts'
import { eventually } from '../../../../test/harness/eventually.ts'
import { skipWithoutDovecot } from '../../../../test/harness/servers.ts'
import { unzip } from '../../../../test/harness/zip.ts'

const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)

suite('the contents of messages', { skip: skipWithoutDovecot }, () => {
  let app: SyncedApp
  let alice: ConnectedMailbox
  let web: Server
  let webUrl: string
  const requests: { url: string; method: string; headers: NodeJS.Dict<string | string[]>; body: string }[] = []

  before(async () => {
    app = await startSyncedApp()
    alice = await app.connected('alice')
    web = createServer(async (request, response) => {
      let body = ''
      for await (const chunk of request) body += chunk
      requests.push({ url: request.url ?? '', method: request.method ?? '', headers: request.headers, body })
      const path = request.url ?? ''
      if (path.startsWith('/moved')) return response.writeHead(302, { location: '/logo.png' }).end()
      if (path.startsWith('/loop')) return response.writeHead(302, { location: '/loop' }).end()
      if (path.startsWith('/page'))
        return response.writeHead(200, { 'content-type': 'image/png' }).end('<script>x</script>'.repeat(5))
      if (path.startsWith('/svg'))
        return response
          .writeHead(200, { 'content-type': 'image/svg+xml' })
          .end(`<svg xmlns="http://www.w3.org/2000/svg">${' '.repeat(99)}</svg>`)
      if (path.startsWith('/huge')) {
        response.writeHead(200, { 'content-type': 'image/png' }).write(png)
        for (let sent = 0; sent < 11 && !response.destroyed; sent++) {
          if (!response.write(Buffer.alloc(1024 * 1024))) await once(response, 'drain').catch(() => undefined)
        }
        return response.end()
      }
      return response.writeHead(200, { 'content-type': 'text/html', 'set-cookie': 'id=1' }).end(png)
    })
    await once(web.listen(0, '127.0.0.1'), 'listening')
    webUrl = `http://127.0.0.1:${(web.address() as AddressInfo).port}`
  })
  after(async () => {
    web.closeAllConnections()
    web.close()
    await app.close()
  })

  /** Delivers a message, waits until it is listed, and opens it. */
  async function open(raw: string, query = '') {
    const [, subject] = /^Subject: (.*)$/m.exec(raw.replaceAll('\r', '')) ?? []
    await app.dovecot.deliver(alice.user, raw)
    const id = await eventually(async () => {
      const found = (await alice.messages()).find((one) => one.subject === subject)
      assert(found)
      return found.id
    })
    const { status, body } = await alice.request('GET', `/messages/${id}${query}`)
    assert.equal(status, 200)
    return { id, body }
  }
  async function fetchAs(path: string): Promise<Response> {
    const headers = { authorization: `Bearer ${await app.app.token('alice')}` }
    return fetch(new URL(path, app.app.url), { headers })
  }
  const bytesOf = async (path: string) => Buffer.from(await (await fetchAs(`/api/v1/mail${path}`)).arrayBuffer())

  test('inline and remote images are seen by their addresses alone, remote ones by way of us and once', async () => {
    const html = `<p><img src="cid:logo@x"><img src="${webUrl}/moved?secret=1"></p>`
    const { id, body } = await open(
      message(
        'images',
        multipart(
          'related',
          'b',
          { type: 'text/html', body: html },
          { type: 'image/png', headers: ['Content-ID: <logo@x>'], body: png },
        ),
      ),
      '?remote_images=true',
    )
    const addresses = [...body.body.html.matchAll(/ src="([^"]+)"/g)].map(([, address]) => address)
    assert.equal(addresses.length, 2)
    for (const address of addresses) {
      for (let turn = 0; turn < 2; turn++) {
        const answer = await fetch(new URL(address, app.app.url))
        assert.deepEqual(
          [answer.status, answer.headers.get('content-type'), answer.headers.get('cross-origin-resource-policy')],
          [200, 'image/png', 'cross-origin'],
        )
        assert(Buffer.from(await answer.arrayBuffer()).equals(png))
      }
    }
    assert.deepEqual(
      requests.map(({ url }) => url),
      ['/moved?secret=1', '/logo.png'],
    )
    for (const { headers } of requests)
      assert.deepEqual([headers.cookie, headers.referer, headers.authorization], [undefined, undefined, undefined])
    const [token = ''] = addresses.map((address: string) => address.split('/').at(-1))
    for (const forged of [
      'x',
      `${token}x`,
      token.replace(/^./, 'x'),
      token.split('.').slice(0, 2).join('.'),
      `${'a'.repeat(300)}.b.c`,
    ]) {
      assert.equal((await fetch(new URL(`/api/v1/mail/images/${forged}`, app.app.url))).status, 404)
    }
    assert.equal((await alice.request('GET', `/messages/${id}`)).body.body.html.includes('data-remote-src'), true)
  })

  test('what is no image, or too large, or beyond the guard, is not shown', async () => {
    const sources = [
      `${webUrl}/page`,
      `${webUrl}/svg`,
      `${webUrl}/huge`,
      `${webUrl}/loop`,
      'http://169.254.169.254/latest',
      'http://10.0.0.1/',
    ]
    const html = sources.map((source) => `<img src="${source}">`).join('')
    const { body } = await open(message('bad images', { type: 'text/html', body: html }), '?remote_images=true')
    const addresses = [...body.body.html.matchAll(/ src="([^"]+)"/g)].map(([, address]) => address)
    assert.equal(addresses.length, sources.length)
    for (const [at, address] of addresses.entries()) {
      const answer = await fetch(new URL(address, app.app.url))
      const { code } = (await answer.json()) as { code: string }
      assert.deepEqual([sources[at], answer.status, code], [sources[at], 422, 'mail.remote_image_refused'])
    }
  })

  test('a list is left by one click, by mail, or not at all, and that is remembered', async () => {
    const received = 'Received: from x by y; Mon, 2 Mar 2026 10:00:00 +0000'
    const plain = { type: 'text/plain', body: 'News' }
    const { id, body } = await open(
      message(
        'list',
        plain,
        'Authentication-Results: mx.dovecot.test; dmarc=pass header.from=example.test',
        received,
        'List-Unsubscribe: <mailto:leave@list.test?subject=off>, <https://127.0.0.1:1/u>',
        'List-Unsubscribe-Post: List-Unsubscribe=One-Click',
      ),
    )
    assert.deepEqual(body.unsubscription, {
      is_one_click: true,
      is_by_mail: true,
      url: 'https://127.0.0.1:1/u',
      requested_at: null,
    })
    assert.deepEqual(
      [body.has_details, body.authentication.verdict, body.authentication.authserv_id],
      [true, 'pass', 'mx.dovecot.test'],
    )
    const refused = await alice.request('POST', `/messages/${id}/unsubscription`)
    assert.deepEqual([refused.status, refused.body.code], [502, 'mail.unsubscription_refused'])
    const asked = await alice.request('POST', `/messages/${id}/unsubscription`, { method: 'mailto' })
    assert.deepEqual([asked.status, asked.body.method], [200, 'mailto'])
    const sent = await alice.request('GET', `/outbox/${asked.body.outbox_id}`)
    assert.deepEqual([sent.body.subject, sent.body.recipients[0].email], ['off', 'leave@list.test'])
    assert.equal(
      (await alice.request('GET', `/messages/${id}`)).body.unsubscription.requested_at,
      asked.body.requested_at,
    )
    const byHand = await open(message('by hand', plain, 'List-Unsubscribe: <https://list.test/u>'))
    assert.equal(
      (await alice.request('POST', `/messages/${byHand.id}/unsubscription`, {})).body.code,
      'mail.unsubscribe_by_hand',
    )
    const none = await open(message('no list', plain))
    assert.deepEqual(
      [none.body.unsubscription, (await alice.request('POST', `/messages/${none.id}/unsubscription`, {})).body.code],
      [null, 'mail.no_unsubscription'],
    )
  })

  test('what a view shows of mail that arrives is there before anybody opens it', async () => {
    await app.dovecot.deliver(
      alice.user,
      message('early', { type: 'text/plain', body: 'Hi' }, 'List-Unsubscribe: <https://list.test/u>'),
    )
    await eventually(async () => {
      const { rows } = await app.database.query(
        "select details from mail_body join mail_message on id = message_id where subject = 'early'",
      )
      assert.match(rows[0]?.details?.header_fields ?? '', /List-Unsubscribe: <https:\/\/list.test\/u>/i)
    })
  })

  test('an invitation is told, signatures are recognised, and their parts come untouched', async () => {
    const ics = lines(
      'BEGIN:VCALENDAR',
      'METHOD:REQUEST',
      'BEGIN:VEVENT',
      'UID:e1',
      'SUMMARY:Grüße',
      'DTSTART:20260301T100000Z',
      'DTEND:20260301T110000Z',
      'END:VEVENT',
      'END:VCALENDAR',
      '',
    )
    const signature = Buffer.from('not really a signature')
    const { id, body } = await open(
      message(
        'invitation',
        multipart(
          'signed',
          's',
          multipart('alternative', 'a', 'Come', {
            type: 'text/calendar; method=REQUEST; charset=utf-8',
            headers: ['Content-Transfer-Encoding: 8bit'],
            body: ics,
          }),
          { type: 'application/pkcs7-signature; name=smime.p7s', body: signature },
        ),
      ),
    )
    assert.deepEqual(
      [body.calendar.part, body.calendar.method, body.calendar.events[0].summary, body.calendar.events[0].end],
      ['1.2', 'REQUEST', 'Grüße', '2026-03-01T11:00:00.000Z'],
    )
    assert.deepEqual(body.security, { kind: 'smime', form: 'signed', parts: ['2'] })
    assert((await bytesOf(`/messages/${id}/attachments/2`)).equals(signature))
  })

  test('an enclosed message opens in its place, and so does one within it, with what they carry', async () => {
    const inner = message(
      'Inner',
      multipart(
        'mixed',
        'i',
        { type: 'text/html', body: '<p onclick=x()>In <img src="cid:i@x"></p>' },
        { type: 'image/png', headers: ['Content-ID: <i@x>', 'Content-Disposition: inline'], body: png },
      ),
    )
    const middle = message(
      'Middle',
      multipart(
        'mixed',
        'm',
        'Mid',
        { type: 'message/rfc822', body: inner },
        {
          type: 'application/x-thing; name=thing',
          headers: ['Content-Disposition: attachment; filename=thing'],
          body: Buffer.from('thing'),
        },
      ),
    )
    const plain = message('Plain', { type: 'text/plain; charset=iso-8859-1', body: 'just text' })
    const { id } = await open(
      message(
        'outer',
        multipart(
          'mixed',
          'o',
          'Out',
          { type: 'message/rfc822', body: middle },
          { type: 'message/rfc822', body: plain },
        ),
      ),
    )
    const view = (part: string) => alice.request('GET', `/messages/${id}/attachments/${part}/message`)
    const mid = (await view('2')).body
    assert.deepEqual(
      [mid.subject, mid.from.email, mid.body.text.trim(), mid.attachments.map((one: { id: string }) => one.id)],
      ['Middle', 'ann@example.test', 'Mid', ['2.2', '2.3']],
    )
    const deep = (await view('2.2')).body
    assert.equal(deep.subject, 'Inner')
    const [, image] = /^<p>In <img src="([^"]+)" \/><\/p>\s*$/.exec(deep.body.html) ?? []
    assert(Buffer.from(await (await fetch(new URL(image ?? '', app.app.url))).arrayBuffer()).equals(png))
    assert.equal((await bytesOf(`/messages/${id}/attachments/2.3`)).toString(), 'thing')
    assert.deepEqual([(await view('3')).body.body.text.trim(), (await view('3')).body.attachments], ['just text', []])
    assert.deepEqual(
      [(await view('1')).status, (await view('9')).status, (await view('2.3')).body.code],
      [422, 404, 'mail.not_a_message'],
    )
  })

  test('a winmail.dat is taken apart into its files', async () => {
    const dat = tnefOf({
      text: 'Body in it',
      files: [
        { title: 'SHORT~1.TXT', longName: 'Größe.txt', bytes: Buffer.from('first file') },
        { title: '../../evil', bytes: Buffer.alloc(200_000, 7) },
      ],
    })
    const { id, body } = await open(
      message('tnef', {
        type: 'application/ms-tnef; name=winmail.dat\r\nContent-Transfer-Encoding: base64',
        body: dat.toString('base64').replaceAll(/.{76}/g, '$&\r\n'),
      }),
    )
    assert.deepEqual(
      body.attachments.map((one: { id: string; filename: string; size_bytes: number }) => [
        one.id,
        one.filename,
        one.size_bytes,
      ]),
      [
        ['1~1', 'Größe.txt', 10],
        ['1~2', '../../evil', 200_000],
      ],
    )
    assert.equal(body.body.text, 'Body in it')
    assert.equal((await bytesOf(`/messages/${id}/attachments/1~1`)).toString(), 'first file')
    assert((await bytesOf(`/messages/${id}/attachments/1~2`)).equals(Buffer.alloc(200_000, 7)))
    assert.equal((await alice.request('GET', `/messages/${id}/attachments/1~3`)).status, 404)
  })

  test('all attachments come as one zip, each under a name of its own that leads nowhere else', async () => {
    const file = (name: string, bytes: string) => ({
      type: 'application/octet-stream',
      headers: [`Content-Disposition: attachment; filename="${name}"`],
      body: Buffer.from(bytes),
    })
    const { id } = await open(
      message(
        'zip',
        multipart(
          'mixed',
          'z',
          'See',
          file('../../etc/passwd', 'one'),
          file('A.txt', 'two'),
          file('a.txt', 'three'),
          file('con.txt', 'four'),
          { type: 'image/png', headers: ['Content-Disposition: inline', 'Content-ID: <l@x>'], body: png },
        ),
      ),
    )
    const answer = await fetchAs(`/api/v1/mail/messages/${id}/attachments.zip`)
    assert.deepEqual(
      [answer.status, answer.headers.get('content-type'), answer.headers.get('content-disposition')],
      [200, 'application/zip', 'attachment; filename="zip.zip"'],
    )
    assert.deepEqual(await unzip(Buffer.from(await answer.arrayBuffer())), {
      '_.._etc_passwd': 'one',
      'A.txt': 'two',
      'a (2).txt': 'three',
      '_con.txt': 'four',
    })
    const none = await open(message('no files', { type: 'text/plain', body: 'x' }))
    assert.equal((await fetchAs(`/api/v1/mail/messages/${none.id}/attachments.zip`)).status, 404)
  })
})
