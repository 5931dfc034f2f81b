import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { request as httpRequest } from 'node:http'
import { Readable } from 'node:stream'
import { after, before, suite, test } from 'node:test'
import { startDraftWriter } from '../../../../test/fixtures/draft-writer.ts'
import { type MailboxApp, type MailboxOwner, startMailboxApp } from '../../../../test/fixtures/mailbox-app.ts'
import { eventually } from '../../../../test/harness/eventually.ts'
import { createTempDir } from '../../../../test/harness/temp-dir.ts'
import { newId } from '../../../platform/ids.ts'
import { createDirectoryObjects } from '../../../platform/objects/directory-objects.ts'
import type { Objects } from '../../../platform/objects/objects.ts'
import { emptyContent } from '../drafts/draft-content.ts'
import { draftStore } from '../drafts/draft-store.ts'
import type { DriveFiles } from './drive-files.ts'
import { createUploadCopies } from './upload-copies.ts'
import { uploadStore } from './upload-store.ts'
import { unusedUploads, uploadObjects } from './upload-sweep.ts'

const maxBytes = 200_000

suite('files to be attached', () => {
  let app: MailboxApp
  let directory: Awaited<ReturnType<typeof createTempDir>>
  let objects: Objects
  let alice: MailboxOwner

  before(async () => {
    directory = await createTempDir('uploads')
    app = await startMailboxApp({ MAIL_ATTACHMENT_MAX_BYTES: `${maxBytes}`, ULTID_OBJECTS_DIR: directory.path })
    objects = createDirectoryObjects(directory.path)
    alice = await app.mailboxOf('alice')
  })
  after(async () => {
    await app.close()
    await directory.remove()
  })

  const call = (method: string, path: string, body?: object) =>
    app.request(method, `/api/v1/mail${path}`, { as: 'alice', ...(body && { body }) })

  async function bring(
    path: string,
    body: NonNullable<RequestInit['body']>,
    { type = 'application/octet-stream', method = 'POST', headers = {} } = {},
  ) {
    const isForm = body instanceof FormData
    const answer = await fetch(`${app.url}/api/v1/mail${path}`, {
      ...{ method, body, duplex: 'half' },
      headers: {
        authorization: `Bearer ${await app.token('alice')}`,
        ...(!isForm && { 'content-type': type }),
        ...headers,
      },
    })
    // biome-ignore lint/suspicious/noExplicitAny: answers are read member by member, and asserted on
    return { status: answer.status, body: (await answer.json()) as any }
  }
  const bytesOf = async (id: string) => {
    const headers = { authorization: `Bearer ${await app.token('alice')}` }
    const answer = await fetch(`${app.url}/api/v1/mail/uploads/${id}/content`, { headers })
    return { headers: answer.headers, bytes: Buffer.from(await answer.arrayBuffer()) }
  }
  const stored = () => objects.list(`uploads/${alice.ownerId}/`)
  const attach = async (...ids: string[]) => {
    const attachments = ids.map((id) => ({ upload_id: id }))
    const draft = await call('POST', '/drafts', { mail_account_id: alice.mailAccountId, attachments })
    assert.equal(draft.status, 201, JSON.stringify(draft.body))
    return draft.body
  }

  test('a file comes raw, whatever it is, and goes out as it came', async () => {
    const bytes = randomBytes(150_000)
    const { status, body } = await bring('/uploads/content?filename=C%3A%5Cpics%5Cbild%20%C3%BC.png', bytes)
    assert.equal(status, 201)
    assert.deepEqual([body.filename, body.content_type, body.state], ['bild ü.png', 'image/png', 'stored'])
    assert.deepEqual([body.size_bytes, body.received_bytes], [150_000, 150_000])
    const { headers, bytes: read } = await bytesOf(body.id)
    assert.deepEqual(read, bytes)
    assert.match(headers.get('content-disposition') ?? '', /^attachment/)
    const json = await bring('/uploads/content?filename=data.json', '{"a": ', { type: 'application/json' })
    assert.deepEqual([json.status, json.body.content_type, json.body.size_bytes], [201, 'application/json', 6])
  })

  test('a file comes in a form', async () => {
    const form = new FormData()
    form.set('note', 'ignored')
    form.set('file', new Blob(['Hello'], { type: 'text/plain' }), 'hello.txt')
    const { status, body } = await bring('/uploads/content', form)
    assert.deepEqual([status, body.filename, body.content_type, body.size_bytes], [201, 'hello.txt', 'text/plain', 5])
    const headers = { authorization: `Bearer ${await app.token('alice')}` }
    const torn = await fetch(`${app.url}/api/v1/mail/uploads/content`, {
      ...{ method: 'POST', headers: { ...headers, 'content-type': 'multipart/form-data; boundary=b' } },
      body: '--b\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\nno end',
    })
    assert.equal(torn.status, 400)
    const unbound = await bring('/uploads/content', 'x', { type: 'multipart/form-data' })
    assert.deepEqual([unbound.status, unbound.body.code], [400, 'invalid_request_body'])
    const empty = new FormData()
    empty.set('note', 'no file')
    const refused = await bring('/uploads/content', empty)
    assert.deepEqual([refused.status, refused.body.code], [400, 'invalid_request_body'])
  })

  test('too large a file is refused before its first byte where its size is known, and else as soon as it is', async () => {
    const before = await stored()
    const announced = await call('POST', '/uploads', { filename: 'a.bin', size_bytes: maxBytes + 1 })
    assert.deepEqual([announced.status, announced.body.code], [400, 'request_body_too_large'])
    const whole = await bring('/uploads/content', randomBytes(maxBytes + 1))
    assert.deepEqual([whole.status, whole.body.code], [400, 'request_body_too_large'])
    const endless = Readable.from(
      (function* () {
        for (let chunk = 0; chunk < 100; chunk++) yield randomBytes(10_000)
      })(),
    )
    const streamed = await bring('/uploads/content', Readable.toWeb(endless) as unknown as ReadableStream)
    assert.deepEqual([streamed.status, streamed.body.code], [400, 'request_body_too_large'])
    const form = new FormData()
    form.set('file', new Blob([randomBytes(maxBytes + 1)]), 'a.bin')
    assert.equal((await bring('/uploads/content', form)).body.code, 'request_body_too_large')
    assert.deepEqual(await stored(), before)
  })

  test('an announced file shows how far it is, may break off and be sent again', async () => {
    const { body: upload } = await call('POST', '/uploads', { filename: 'a.txt', size_bytes: 100_000 })
    assert.deepEqual([upload.state, upload.received_bytes], ['waiting', 0])
    const headers = { authorization: `Bearer ${await app.token('alice')}`, 'content-length': '100000' }
    const url = `${app.url}/api/v1/mail/uploads/${upload.id}/content`
    const sending = httpRequest(url, { method: 'PUT', headers })
    sending.on('error', () => undefined)
    sending.write(randomBytes(40_000))
    const shown = async () => (await call('GET', `/uploads/${upload.id}`)).body
    await eventually(async () => assert.equal((await shown()).state, 'receiving'))
    await eventually(async () => {
      sending.write(randomBytes(10))
      assert.ok((await shown()).received_bytes >= 40_000)
    })
    const rows = await app.database
      .selectFrom('event')
      .select('data')
      .where('type', '=', 'mail.upload_progressed')
      .execute()
    assert.ok(rows.some(({ data }) => (data as { upload_id: string }).upload_id === upload.id))
    sending.destroy()
    await eventually(async () => assert.equal((await shown()).state, 'failed'))
    const bytes = randomBytes(100_000)
    const again = await bring(`/uploads/${upload.id}/content`, bytes, { method: 'PUT' })
    assert.deepEqual([again.status, again.body.state, again.body.filename], [200, 'stored', 'a.txt'])
    const late = await bring(`/uploads/${upload.id}/content`, randomBytes(10), { method: 'PUT' })
    assert.equal(late.body.size_bytes, 100_000)
    assert.deepEqual((await bytesOf(upload.id)).bytes, bytes)
  })

  test('a file that is sent again under one key is the first one, another under it is refused', async () => {
    const send = (bytes: string) =>
      bring('/uploads/content?filename=key.txt', bytes, { headers: { 'idempotency-key': 'file' } })
    const [one, again, other] = [await send('same'), await send('same'), await send('other')]
    assert.deepEqual([again.status, again.body], [201, one.body])
    assert.deepEqual([other.status, other.body.code], [422, 'idempotency_key_reused'])
  })

  test('the same bytes of one owner are kept once, and of two owners twice', async () => {
    const bytes = randomBytes(1000)
    const before = (await stored()).length
    const ids = await Promise.all(['a', 'b', 'c'].map((name) => bring(`/uploads/content?filename=${name}`, bytes)))
    assert.equal((await stored()).length, before + 1)
    assert.equal(new Set(ids.map(({ body }) => body.id)).size, 3)
    const bob = await app.mailboxOf('bob')
    const headers = { authorization: `Bearer ${await app.token('bob')}`, 'content-type': 'text/plain' }
    await fetch(`${app.url}/api/v1/mail/uploads/content`, { method: 'POST', headers, body: bytes })
    assert.equal((await objects.list(`uploads/${bob.ownerId}/`)).length, 1)
  })

  test('a draft has the files that it names, under names and Content-IDs of its own', async () => {
    const { body: file } = await bring('/uploads/content?filename=a.png', randomBytes(10))
    const { body: other } = await bring('/uploads/content?filename=b.txt', randomBytes(20))
    const draft = await attach(file.id, other.id)
    const attachments = [{ upload_id: file.id, filename: 'c.png', content_id: 'c@ulti' }]
    const changed = await app.request('PATCH', `/api/v1/mail/drafts/${draft.id}`, {
      ...{ as: 'alice', body: { attachments } },
      headers: { 'if-match': draft.etag },
    })
    assert.deepEqual(changed.body.attachments, [
      { upload_id: file.id, filename: 'c.png', content_type: 'image/png', size_bytes: 10, content_id: 'c@ulti' },
    ])
    const { body: waiting } = await call('POST', '/uploads', { filename: 'later.txt' })
    const early = await call('POST', '/drafts', {
      mail_account_id: alice.mailAccountId,
      attachments: [{ upload_id: waiting.id }],
    })
    assert.deepEqual([early.status, early.body.code], [404, 'not_found'])
  })

  test('what no message uses is removed, what one uses stays', async () => {
    const { database, transact } = app
    const files = await Promise.all(
      ['used', 'shared', 'unused'].map((name) => bring(`/uploads/content?filename=${name}`, name)),
    )
    const [used, shared, unused] = files.map(({ body }) => body.id as string) as [string, string, string]
    const draft = await attach(used, shared)
    const other = await attach(shared)
    const objectOf = async (id: string) =>
      (await database.selectFrom('mail_upload').select('object').where('id', '=', id).executeTakeFirst())?.object ?? ''
    const keys = await Promise.all([used, shared, unused].map(objectOf))
    const sweep = unusedUploads({ database, transact, objects })
    const left = async () => {
      const there = new Set((await stored()).map(({ key }) => key))
      const referenced = await uploadObjects(database).isReferenced(keys)
      assert.deepEqual(
        keys.map((key) => there.has(key)),
        keys.map((key) => referenced.has(key)),
      )
      return keys.map((key) => there.has(key))
    }
    await sweep.run()
    assert.deepEqual(await left(), [true, true, true])
    await database
      .updateTable('mail_upload')
      .set({ expires_at: new Date(0) })
      .execute()
    await sweep.run()
    assert.deepEqual(await left(), [true, true, false])
    await call('DELETE', `/drafts/${draft.id}`)
    await database
      .updateTable('mail_upload')
      .set({ expires_at: new Date(0) })
      .execute()
    await sweep.run()
    assert.deepEqual(await left(), [false, true, false])
    assert.equal((await call('DELETE', `/uploads/${shared}`)).status, 204)
    await sweep.run()
    assert.deepEqual(await left(), [false, true, false])
    assert.equal((await call('GET', `/drafts/${other.id}`)).body.attachments.length, 1)
  })

  test('a file that is being attached is not removed under the hands of who attaches it', async () => {
    const { database, transact } = app
    const { body: file } = await bring('/uploads/content?filename=racing', randomBytes(30))
    const sweep = unusedUploads({ database, transact, objects })
    const isThere = async (key: string) => (await stored()).some((object) => object.key === key)
    const key = await transact(async (tx) => {
      const attachment = (await uploadStore.lockStored(tx, alice.ownerId, [file.id])).get(file.id)
      assert.ok(attachment)
      await call('DELETE', `/uploads/${file.id}`)
      await sweep.run()
      assert.ok(await isThere(attachment.object))
      const draft = { ...emptyDraft(alice.mailAccountId), attachments: [attachment] }
      await draftStore.insert(tx, alice.ownerId, { ...draft, id: newId(), revision: newId(), now: new Date() })
      return attachment.object
    })
    await sweep.run()
    assert.ok(await isThere(key))
    await database.deleteFrom('mail_draft').execute()
    await sweep.run()
    assert.ok(!(await isThere(key)))
  })

  suite('from the drive', () => {
    let links = 0
    const drive: DriveFiles = {
      async open(_ownerId, path) {
        const size = path.includes('large') ? maxBytes + 1 : 5
        return { content: Readable.from([Buffer.alloc(size, 'x')]), size, contentType: 'text/plain', name: 'notes.txt' }
      },
      async shareLink(_ownerId, path) {
        links++
        return { url: `https://drive.test/s/${path}`, name: 'large.bin', size: maxBytes + 1 }
      },
    }
    test('a file is copied once under one key, and a link stands for one that is too large', async () => {
      const nowhere = { host: '127.0.0.1', port: 1, username: 'alice', password: 'none' }
      const writer = await startDraftWriter(app.databaseUrl, nowhere, { account: () => undefined })
      const copies = createUploadCopies({ ...writer, drive, maxBytes })
      const create = (path: string, idempotencyKey?: string) =>
        copies.create(alice.ownerId, { drive_path: path }, { idempotencyKey, signal: new AbortController().signal })
      const { upload, link: none } = (await create('/notes.txt', 'once')).body
      assert.deepEqual([upload?.filename, upload?.size_bytes, none], ['notes.txt', 5, null])
      assert.deepEqual((await create('/notes.txt', 'once')).body.upload, upload)
      const link = { url: 'https://drive.test/s/large.bin', name: 'large.bin', size_bytes: maxBytes + 1 }
      for (let time = 0; time < 2; time++)
        assert.deepEqual((await create('large.bin', 'link')).body, { upload: null, link })
      assert.equal(links, 1, 'a repeated request shares nothing anew')
      await writer.close()
    })

    test('without a drive it is said so, and a request names one thing', async () => {
      const { status, body } = await call('POST', '/uploads/copies', { drive_path: '/notes.txt' })
      assert.deepEqual([status, body.code], [404, 'module_disabled'])
      const both = await call('POST', '/uploads/copies', { drive_path: '/a', message_id: crypto.randomUUID() })
      assert.deepEqual([both.status, both.body.code], [400, 'invalid_request_body'])
    })
  })
})

const emptyDraft = (mailAccountId: string) =>
  emptyContent({ id: mailAccountId, mail_account_id: mailAccountId } as Parameters<typeof emptyContent>[0])
