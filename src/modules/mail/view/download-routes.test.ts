import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { request as httpRequest } from 'node:http'
import { after, before, suite, test } from 'node:test'
import { type MailboxApp, type MailboxOwner, startMailboxApp } from '../../../../test/fixtures/mailbox-app.ts'
import { type Dovecot, startDovecot } from '../../../../test/harness/dovecot.ts'
import { eventually } from '../../../../test/harness/eventually.ts'
import { type FaultProxy, startFaultProxy } from '../../../../test/harness/fault-proxy.ts'
import { skipWithoutDovecot } from '../../../../test/harness/servers.ts'
import type { MessagePart } from '../sync/body-parts.ts'

const leaf = (part: string, type: string, more: Partial<MessagePart> = {}): MessagePart => {
  return {
    part,
    type,
    encoding: '7bit',
    charset: null,
    size: 100,
    disposition: null,
    filename: null,
    cid: null,
    ...more,
  }
}
const multipart = (...parts: [headers: string, body: string][]) =>
  `Subject: Files\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n${parts
    .map(([headers, body]) => `--b\r\n${headers}\r\n\r\n${body}\r\n`)
    .join('')}--b--\r\n`
const inBase64 = (bytes: Buffer) => bytes.toString('base64').replaceAll(/.{76}/g, '$&\r\n')

suite('what lies on the mail server', { skip: skipWithoutDovecot }, () => {
  let app: MailboxApp
  let dovecot: Dovecot
  let proxy: FaultProxy
  let alice: MailboxOwner
  let uidvalidity: number

  before(async () => {
    ;[app, dovecot] = await Promise.all([startMailboxApp(), startDovecot()])
    proxy = await startFaultProxy({ target: dovecot })
    const user = dovecot.user('alice')
    alice = await app.mailboxOf('alice', { host: '127.0.0.1', port: proxy.port, ...user })
    const client = await dovecot.connect(user)
    const status = await client.status('INBOX', { uidValidity: true })
    assert(status)
    uidvalidity = Number(status.uidValidity)
  })
  after(async () => {
    await app.close()
    await proxy.close()
    await dovecot.close()
  })

  async function deliver(raw: string | Buffer, parts: MessagePart[]): Promise<string> {
    const uid = await dovecot.deliver(dovecot.user('alice'), raw)
    return app.addMessage(alice, { folderId: alice.inbox, parts, place: { uidvalidity, uid } })
  }
  const get = (path: string) => app.request('GET', `/api/v1/mail/messages/${path}`, { as: 'alice' })
  async function download(path: string): Promise<{ headers: Headers; bytes: Buffer }> {
    const headers = { authorization: `Bearer ${await app.token('alice')}` }
    const answer = await fetch(`${app.url}/api/v1/mail/messages/${path}`, { headers })
    assert.equal(answer.status, 200)
    return { headers: answer.headers, bytes: Buffer.from(await answer.arrayBuffer()) }
  }
  const openConnections = () => proxy.connections.filter((connection) => connection.isOpen).length

  test('a body that was never fetched is fetched when its message is opened, and kept', async () => {
    const raw =
      'Subject: x\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nGr=FC=DFe\r\n'
    const id = await deliver(raw, [
      leaf('1', 'text/plain', { charset: 'iso-8859-1', encoding: 'quoted-printable', size: 11 }),
    ])
    const [first, same] = await Promise.all([get(id), get(id)])
    assert.deepEqual([first.body.body.state, first.body.body.text], ['stored', 'Grüße\r\n'])
    assert.deepEqual(same.body.body, first.body.body)
    assert.equal(first.body.preview, 'Grüße')
    proxy.forgetTranscript()
    assert.equal((await get(id)).headers.get('etag'), first.headers.get('etag'))
    assert.deepEqual(proxy.commands(), [])
  })

  test('the raw message is what was delivered, byte for byte, over several chunks', async () => {
    const raw = Buffer.from(`Subject: Big\r\n\r\n${inBase64(randomBytes(2_000_000))}\r\n`)
    const id = await deliver(raw, [leaf('1', 'text/plain')])
    const { headers, bytes } = await download(`${id}/raw`)
    assert(bytes.equals(raw))
    assert.equal(headers.get('content-type'), 'message/rfc822')
    assert.equal(headers.get('content-disposition'), 'attachment; filename="A subject.eml"')
  })

  test('attachments come decoded under their names, in the bytes of their charset, and never as a page', async () => {
    const file = randomBytes(700_000)
    const raw = multipart(
      ['Content-Type: text/plain', 'See below'],
      ['Content-Type: image/png\r\nContent-Transfer-Encoding: base64', inBase64(file)],
      ['Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable', 'Gr=FC=DFe'],
      ['Content-Type: text/html', '<script>alert(1)</script>'],
    )
    const id = await deliver(raw, [
      leaf('1', 'text/plain'),
      leaf('2', 'image/png', { encoding: 'base64', disposition: 'attachment', filename: 'r\u202eägnp.exe' }),
      leaf('3', 'text/plain', {
        charset: 'iso-8859-1',
        encoding: 'quoted-printable',
        disposition: 'attachment',
        filename: '../a"b.txt',
      }),
      leaf('4', 'text/html', { disposition: 'attachment', filename: 'page.html' }),
    ])
    const image = await download(`${id}/attachments/2`)
    assert(image.bytes.equals(file))
    assert.equal(image.headers.get('content-type'), 'image/png')
    assert.equal(
      image.headers.get('content-disposition'),
      `attachment; filename="r_gnp.exe"; filename*=UTF-8''r%C3%A4gnp.exe`,
    )
    assert.equal(image.headers.get('content-security-policy'), "sandbox; default-src 'none'")
    assert.equal(image.headers.get('x-content-type-options'), 'nosniff')
    const text = await download(`${id}/attachments/3`)
    assert.equal(text.bytes.toString('latin1'), 'Grüße')
    assert.equal(text.headers.get('content-type'), 'text/plain; charset=iso-8859-1')
    const page = await download(`${id}/attachments/4`)
    assert.equal(page.headers.get('content-type'), 'application/octet-stream')
    for (const other of ['1', '5', '2.1']) assert.equal((await get(`${id}/attachments/${other}`)).status, 404)
  })

  test('a message that is gone from the server, or lies in another UIDVALIDITY, answers 409', async () => {
    for (const place of [
      { uidvalidity, uid: 999_999 },
      { uidvalidity: uidvalidity + 1, uid: 1 },
    ]) {
      const id = await app.addMessage(alice, { folderId: alice.inbox, parts: [leaf('1', 'text/plain')], place })
      const { status, body } = await get(`${id}/raw`)
      assert.deepEqual([status, body.code], [409, 'mail.message_gone'])
      assert.equal((await get(id)).body.body.state, 'pending')
    }
  })

  test('many downloads at once use two connections', async () => {
    const id = await deliver(`Subject: x\r\n\r\n${'x'.repeat(1_000_000)}\r\n`, [leaf('1', 'text/plain')])
    let most = 0
    const watch = setInterval(() => {
      most = Math.max(most, openConnections())
    }, 1)
    await Promise.all(Array.from({ length: 6 }, () => download(`${id}/raw`)))
    clearInterval(watch)
    assert(most <= 2, `${most} connections were open`)
  })

  test('clients that leave in the middle of a download, the server being silent, give their connections back', async () => {
    const id = await deliver(`Subject: x\r\n\r\n${'y'.repeat(6_000_000)}\r\n`, [leaf('1', 'text/plain')])
    const token = await app.token('alice')
    // Two at a time: the third stalls only if those before it gave theirs back, although the server never answers them.
    for (let round = 0; round < 3; round++) {
      const stall = proxy.rules.add({ fault: 'stall', from: 'server', bytes: 1_500_000 })
      const leave = startDownload(`${app.url}/api/v1/mail/messages/${id}/raw`, token)
      await eventually(() => assert.equal(stall.hits, 1))
      leave()
    }
    assert.equal((await download(`${id}/raw`)).bytes.length, 6_000_016)
    proxy.rules.clear()
  })

  test('a server that refuses connections answers 502, one that cuts them breaks the answer off', async () => {
    const id = await deliver(`Subject: x\r\n\r\n${'z'.repeat(3_000_000)}\r\n`, [leaf('1', 'text/plain')])
    proxy.cutAll()
    proxy.rules.add({ fault: 'cut', from: 'server', bytes: 1_000_000 })
    await assert.rejects(download(`${id}/raw`), /terminated|aborted/)
    proxy.rules.clear()
    proxy.cutAll()
    proxy.refuse()
    const { status, body } = await get(`${id}/raw`)
    assert.deepEqual([status, body.code], [502, 'upstream_unavailable'])
    await proxy.accept()
    assert.equal((await download(`${id}/raw`)).bytes.length, 3_000_016)
  })
})

/** Answers what breaks the download off. */
function startDownload(url: string, token: string): () => void {
  const request = httpRequest(url, { headers: { authorization: `Bearer ${token}` } }, (answer) => {
    answer.on('error', () => undefined).resume()
  })
  request.on('error', () => undefined).end()
  return () => request.destroy()
}
