import assert from 'node:assert/strict'
import { request as httpRequest } from 'node:http'
import { after, before, suite, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { type ConnectedMailbox, type SyncedApp, startSyncedApp } from '../../../../test/fixtures/synced-app.ts'
import { eventually } from '../../../../test/harness/eventually.ts'
import { type FaultProxy, startFaultProxy } from '../../../../test/harness/fault-proxy.ts'
import { skipWithoutDovecot } from '../../../../test/harness/servers.ts'
import { unzip } from '../../../../test/harness/zip.ts'

type Shown = {
  id: string
  subject: string
  received_at: string
  is_read: boolean
  is_starred: boolean
  keywords: string[]
}

const letter = (subject: string, { date = 'Mon, 2 Mar 2026 10:00:00 +0000', fields = '', text = 'Hello' } = {}) =>
  `${fields}From: Ann <ann@example.test>\nDate: ${date}\nSubject: ${subject}\nMessage-ID: <${subject}@moved.test>\n\n${text}\n`
const mbox = (...letters: string[]) => letters.map((one) => `From - Mon Mar  2 10:00:00 2026\n${one}\n`).join('')

suite('moving mail in and out', { skip: skipWithoutDovecot }, () => {
  let app: SyncedApp
  let proxy: FaultProxy
  let alice: ConnectedMailbox

  before(async () => {
    app = await startSyncedApp()
    proxy = await startFaultProxy({ target: app.dovecot })
    alice = await app.connected('alice', { host: '127.0.0.1', port: proxy.port })
  })
  after(async () => {
    await app.close()
    await proxy.close()
  })

  async function folderNamed(name: string): Promise<string> {
    const { status, body } = await alice.request('POST', '/folders', { mail_account_id: alice.id, name })
    assert.equal(status, 201)
    await eventually(async () => {
      const { rows } = await app.database.query(
        'select 1 from mail_folder where id = $1 and is_on_server and uidnext is not null',
        [body.id],
      )
      assert.equal(rows.length, 1)
    })
    return body.id
  }
  const send = async (
    method: string,
    path: string,
    body: string | Buffer | undefined,
    headers: Record<string, string> = {},
  ) =>
    fetch(new URL(`/api/v1/mail${path}`, app.app.url), {
      method,
      headers: {
        authorization: `Bearer ${await app.app.token('alice')}`,
        ...(body !== undefined && { 'content-type': 'application/octet-stream' }),
        ...headers,
      },
      ...(body !== undefined && { body }),
    })
  async function begin(folder: string, format = 'mbox'): Promise<string> {
    const { status, body } = await alice.request('POST', '/imports', {
      folder_id: folder,
      format,
      filename: 'Old mail',
    })
    assert.deepEqual([status, body.state], [201, 'receiving'])
    return body.id
  }
  /** Sends 4,000 bytes of a longer body, and goes as soon as the server had time to take them. */
  async function breakOff(id: string, bytes: Buffer, start: number): Promise<void> {
    const upload = httpRequest(new URL(`/api/v1/mail/imports/${id}/content`, app.app.url), {
      method: 'PUT',
      headers: {
        authorization: `Bearer ${await app.app.token('alice')}`,
        'content-type': 'application/mbox',
        'content-length': bytes.length - start,
        'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}`,
      },
    })
    upload.on('error', () => undefined)
    upload.write(bytes.subarray(start, start + 4000))
    await delay(500)
    upload.destroy()
    await delay(200)
  }
  const view = async (id: string) => (await alice.request('GET', `/imports/${id}`)).body
  const ended = (id: string, state = 'done') =>
    eventually(async () => {
      const shown = await view(id)
      assert.equal(shown.state, state, JSON.stringify(shown))
      return shown
    })
  async function importFile(folder: string, file: string, format = 'mbox') {
    const id = await begin(folder, format)
    const answer = await send('PUT', `/imports/${id}/content`, file)
    assert.equal(answer.status, 200, await answer.text())
    return ended(id)
  }
  const inFolder = async (folder: string, count: number): Promise<Shown[]> => {
    await alice.request('POST', `/accounts/${alice.id}/sync`)
    return eventually(async () => {
      const { items } = (await alice.request('GET', `/messages?folder_id=${folder}&limit=200`)).body
      assert.equal(items.length, count)
      return items
    })
  }
  const counts = ({ imported_count, skipped_count, failed_count }: Record<string, number>) => [
    imported_count,
    skipped_count,
    failed_count,
  ]

  test('a file comes in parts, is imported with times and flags, and is no news', async () => {
    const folder = await folderNamed('Moved')
    const file = mbox(
      ...Array.from({ length: 120 }, (_, at) =>
        letter(`m${at}`, { date: `Mon, 2 Mar 2026 10:${String(at % 60).padStart(2, '0')}:00 +0000` }),
      ),
      letter('unread', { fields: 'Status: O\n', date: 'Sun, 1 Feb 2026 10:00:00 +0000' }),
      letter('starred', { fields: 'X-Mozilla-Status: 0005\nX-Keywords: $Work\n' }),
      letter('m0'),
      letter('m7', { date: 'Mon, 2 Mar 2026 10:07:00 +0000' }),
      '>From nobody, and no header\n',
    )
    const id = await begin(folder)
    const bytes = Buffer.from(file)
    const part = (start: number, end: number) =>
      send('PUT', `/imports/${id}/content`, bytes.subarray(start, end), {
        'content-range': `bytes ${start}-${end - 1}/${bytes.length}`,
      })
    assert.equal(((await (await part(0, 5000)).json()) as { received_bytes: number }).received_bytes, 5000)
    const gap = await part(6000, 7000)
    assert.deepEqual([gap.status, ((await gap.json()) as { code: string }).code], [409, 'mail.import_offset_mismatch'])
    // A client that breaks off keeps what had come.
    await eventually(async () => {
      await breakOff(id, bytes, 5000)
      assert.equal((await view(id)).received_bytes, 9000)
    })
    assert.equal((await part(9000, bytes.length)).status, 200)
    const done = await ended(id)
    assert.deepEqual([...counts(done), done.read_bytes, done.size_bytes], [122, 2, 1, bytes.length, bytes.length])
    assert.match(done.failures[0].reason, /header field/)

    const shown = await inFolder(folder, 122)
    const by = (subject: string) => shown.find((one) => one.subject === subject)
    assert.deepEqual([by('unread')?.is_read, by('unread')?.received_at], [false, '2026-02-01T10:00:00.000Z'])
    assert.deepEqual(
      [by('starred')?.is_read, by('starred')?.is_starred, by('starred')?.keywords],
      [true, true, ['$Work']],
    )
    assert.deepEqual([by('m7')?.is_read, by('m7')?.received_at], [true, '2026-03-02T10:07:00.000Z'])
    assert.deepEqual(
      (await alice.events('mail.message_created')).filter((event) => event.folder_id === folder),
      [],
    )
    const events = await alice.events('mail.import_updated')
    assert.deepEqual(
      [events.at(0)?.state, events.at(-1)?.state, events.at(-1)?.imported_count],
      ['receiving', 'done', 122],
    )
    const { rows } = await app.database.query('select 1 from mail_import_piece')
    assert.deepEqual(rows, [])
  })

  test('what the folder holds is skipped by its content; what was deleted there comes again', async () => {
    const folder = await folderNamed('Twice')
    const file = mbox(letter('one'), letter('two'), letter('three').replace(/Message-ID.*\n/, ''))
    assert.deepEqual(counts(await importFile(folder, file)), [3, 0, 0])
    assert.deepEqual(counts(await importFile(folder, file)), [0, 3, 0])
    // Delivered by somebody else, with the same bytes.
    await app.dovecot.deliver(alice.user, letter('four'), 'Twice')
    const [newest] = await inFolder(folder, 4)
    assert.deepEqual(
      counts(await importFile(folder, mbox(letter('four'), letter('four', { text: 'Another' })))),
      [1, 1, 0],
    )
    const client = await alice.client()
    await client.mailboxOpen('Twice')
    await client.messageDelete({ header: { subject: 'one' } })
    await client.logout()
    await inFolder(folder, 4)
    assert(newest)
    assert.deepEqual(counts(await importFile(folder, file)), [1, 2, 0])
    assert.deepEqual(counts(await importFile(folder, letter('single'), 'eml')), [1, 0, 0])
    const news = await alice.events('mail.message_created')
    assert.deepEqual(
      news.filter((event) => event.folder_id === folder).map(({ subject }) => subject),
      ['four'],
    )
  })

  test('a connection that is cut in the middle of a message leaves none out and none twice', async () => {
    const folder = await folderNamed('Cut')
    const cut = proxy.rules.add({ fault: 'cut', from: 'server', line: /OK \[APPENDUID/, moment: 'before' })
    const id = await begin(folder)
    await send('PUT', `/imports/${id}/content`, mbox(...Array.from({ length: 20 }, (_, at) => letter(`cut${at}`))))
    await eventually(async () => {
      assert.equal(cut.hits, 1)
      assert.equal((await view(id)).error_code, 'upstream_unavailable')
    })
    await app.database.query('update mail_import set next_attempt_at = now() where id = $1', [id])
    await app.database.query(
      "select graphile_worker.add_job('mail.import', json_build_object('ownerId', owner_id, 'id', id)) from mail_import where id = $1",
      [id],
    )
    assert.deepEqual(counts(await ended(id)), [20, 0, 0])
    const subjects = (await inFolder(folder, 20)).map(({ subject }) => subject)
    assert.equal(new Set(subjects).size, 20)
  })

  test('a mailbox that is full stops the import, which goes on when it is told to', async () => {
    const folder = await folderNamed('Full')
    const rule = proxy.rules.add({
      fault: 'rewrite',
      from: 'server',
      line: /^(\S+) OK \[APPENDUID[^\r\n]*/,
      to: '$1 NO [OVERQUOTA] Quota exceeded',
    })
    const id = await begin(folder)
    await send('PUT', `/imports/${id}/content`, mbox(letter('full0'), letter('full1')))
    const failed = await ended(id, 'failed')
    assert.equal(failed.error_code, 'mail.mailbox_full')
    rule.remove()
    assert.equal((await alice.request('POST', `/imports/${id}/resumption`)).status, 200)
    assert.deepEqual(counts(await ended(id)), [2, 0, 0])
    await inFolder(folder, 2)
    assert.equal((await alice.request('POST', `/imports/${id}/resumption`)).body.code, 'mail.import_not_failed')
    assert.equal((await alice.request('POST', `/imports/${id}/cancellation`)).body.code, 'mail.import_ended')
    const other = await begin(folder)
    assert.equal((await alice.request('POST', `/imports/${other}/cancellation`)).body.state, 'cancelled')
    const late = await send('PUT', `/imports/${other}/content`, 'x')
    assert.deepEqual([late.status, ((await late.json()) as { code: string }).code], [409, 'mail.import_not_receiving'])
    const { items } = (await alice.request('GET', '/imports?limit=2')).body
    assert.deepEqual(
      items.map((one: { id: string }) => one.id),
      [other, id],
    )
  })

  test('a folder goes out as mbox and comes in again as it was; an account as one file for each folder', async () => {
    const folder = await folderNamed('Out')
    const tricky = letter('tricky', { text: 'From here on\n\nFrom x 10:00\nSubject: not one\n>From y' })
    await app.dovecot.deliver(alice.user, tricky, 'Out', {
      flags: ['\\Seen', '\\Flagged', '$Work'],
      receivedAt: new Date('2026-03-01T08:00:00Z'),
    })
    await app.dovecot.deliver(alice.user, letter('large', { text: `${'x'.repeat(70)}\n`.repeat(80_000) }), 'Out')
    const before = await inFolder(folder, 2)
    const answer = await send('GET', `/folders/${folder}/export.mbox`, undefined)
    assert.deepEqual(
      [answer.status, answer.headers.get('content-type'), answer.headers.get('content-disposition')],
      [200, 'application/mbox', 'attachment; filename="Out.mbox"'],
    )
    const file = await answer.text()
    const copy = await folderNamed('Back')
    assert.deepEqual(counts(await importFile(copy, file)), [2, 0, 0])
    const state = (all: Shown[]) =>
      all.map(({ subject, received_at, is_read, is_starred, keywords }) => ({
        subject,
        is_read,
        is_starred,
        keywords,
        received_at: subject === 'tricky' ? undefined : received_at.slice(0, 10),
      }))
    const back = await inFolder(copy, 2)
    assert.deepEqual(
      state(back)
        .map(({ received_at: _, ...rest }) => rest)
        .toSorted(bySubject),
      state(before)
        .map(({ received_at: _, ...rest }) => rest)
        .toSorted(bySubject),
    )
    const raw = async (all: Shown[]) =>
      (await send('GET', `/messages/${all.find(({ subject }) => subject === 'tricky')?.id}/raw`, undefined)).text()
    assert.equal(await raw(back), await raw(before))
    const zip = await send('GET', `/accounts/${alice.id}/export.zip`, undefined)
    assert.equal(zip.status, 200)
    const files = await unzip(Buffer.from(await zip.arrayBuffer()))
    assert(files['INBOX.mbox'] && files['Back.mbox'])
    assert.equal(files['Out.mbox'], file)
  })

  test('folders of somebody else, and files of nonsense, are refused', async () => {
    const none = crypto.randomUUID()
    assert.equal((await alice.request('POST', '/imports', { folder_id: none, format: 'mbox' })).status, 404)
    assert.equal((await send('GET', `/folders/${none}/export.mbox`, undefined)).status, 404)
    assert.equal((await send('GET', `/accounts/${none}/export.zip`, undefined)).status, 404)
    const folder = await folderNamed('Nonsense')
    const id = await begin(folder)
    for (const range of ['bytes 5-1/10', 'bytes 0-10/10', 'lines 0-1/2', 'bytes 0-1/*']) {
      assert.equal((await send('PUT', `/imports/${id}/content`, 'xx', { 'content-range': range })).status, 400, range)
    }
    await send('PUT', `/imports/${id}/content`, Buffer.alloc(3000, 0xff))
    assert.deepEqual(counts(await ended(id)), [0, 0, 1])
    assert.deepEqual(counts(await importFile(folder, '')), [0, 0, 0])
  })
})

const bySubject = (one: { subject: string }, other: { subject: string }) => one.subject.localeCompare(other.subject)
