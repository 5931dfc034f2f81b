import assert from 'node:assert/strict'
import { createHash, randomUUID } from 'node:crypto'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { Redis } from 'ioredis'
import { administratorSettings, createAdministration } from '../../../../test/fixtures/administrators.ts'
import { letter } from '../../../../test/fixtures/sync-suite.ts'
import { startTestApp, type TestApp } from '../../../../test/harness/app.ts'
import { startAuthentik, type TestAuthentik } from '../../../../test/harness/authentik.ts'
import { type Dovecot, startDovecot } from '../../../../test/harness/dovecot.ts'
import type { MailUser } from '../../../../test/harness/dovecot-users.ts'
import { eventually } from '../../../../test/harness/eventually.ts'
import { startNextcloud, type TestNextcloud } from '../../../../test/harness/nextcloud.ts'
import { type Radicale, startRadicale } from '../../../../test/harness/radicale.ts'
import { type Redis as RedisServer, startRedis } from '../../../../test/harness/redis.ts'
import { skipWithoutDovecot, skipWithoutRadicale, skipWithoutRedis } from '../../../../test/harness/servers.ts'
import { startSmtpSink } from '../../../../test/harness/smtp-sink.ts'
import { createTempDir } from '../../../../test/harness/temp-dir.ts'
import { unzipBytes } from '../../../../test/harness/zip.ts'
import { newId } from '../../../platform/ids.ts'
import { createDirectoryObjects } from '../../../platform/objects/directory-objects.ts'
import { mailboxStore } from '../../mail/mailboxes/mailbox-store.ts'

const event = (uid: string) =>
  [
    ...['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//Test//EN', 'BEGIN:VTIMEZONE', 'TZID:Europe/Paris'],
    ...['BEGIN:STANDARD', 'DTSTART:19701025T030000', 'TZOFFSETFROM:+0200', 'TZOFFSETTO:+0100', 'END:STANDARD'],
    ...['END:VTIMEZONE', 'BEGIN:VEVENT', `UID:${uid}`, 'DTSTAMP:20260523T090000Z', `SUMMARY:About ${uid}`],
    ...['DTSTART;TZID=Europe/Paris:20260523T090000', 'END:VEVENT', 'END:VCALENDAR', ''],
  ].join('\r\n')
const card = (uid: string) =>
  ['BEGIN:VCARD', 'VERSION:4.0', `UID:${uid}`, `FN:Person ${uid}`, 'END:VCARD', ''].join('\r\n')

suite('somebody who leaves', { skip: skipWithoutDovecot || skipWithoutRadicale || skipWithoutRedis }, () => {
  let app: TestApp
  let authentik: TestAuthentik
  let nextcloud: TestNextcloud
  let dovecot: Dovecot
  let radicale: Radicale
  let redis: RedisServer
  let sink: Awaited<ReturnType<typeof startSmtpSink>>
  let blobs: Awaited<ReturnType<typeof createTempDir>>
  let admin: ReturnType<typeof createAdministration>
  let alice: { id: string; user: MailUser }
  let archive: Record<string, Buffer>

  before(async () => {
    ;[authentik, nextcloud, dovecot, radicale, redis, sink, blobs] = await Promise.all([
      startAuthentik(),
      startNextcloud(),
      startDovecot(),
      startRadicale(),
      startRedis(),
      startSmtpSink(),
      createTempDir('blobs'),
    ])
    const settings = { ...administratorSettings, ...authentik.settings, ...nextcloud.settings }
    app = await startTestApp({
      ...settings,
      ULTID_ROLES: 'api,sync,jobs',
      ULTID_OBJECTS_DIR: blobs.path,
      ULTID_CACHE_URL: redis.url,
    })
    admin = createAdministration(app)
    alice = await fill('alice')
  })
  after(async () => {
    await app.close()
    await Promise.all([
      authentik.close(),
      nextcloud.close(),
      dovecot.close(),
      radicale.close(),
      redis.close(),
      sink.close(),
    ])
    await blobs.remove()
  })

  /** A person with mail, files, a calendar, contacts and settings. */
  async function fill(name: string) {
    const call = async (status: number, method: string, path: string, body?: object) => {
      const answer = await admin.as(name, [], method, `/api/v1${path}`, { body })
      assert.equal(answer.status, status, `${method} ${path}: ${JSON.stringify(answer.body)}`)
      return answer.body
    }
    const { id } = await call(200, 'GET', '/account/')
    const user = dovecot.user(name)
    for (const subject of ['one', 'two', 'three']) await dovecot.deliver(user, letter(subject, 'Plain words, and été.'))
    await dovecot.deliver(user, letter('kept'), 'Archive')
    const server = { host: '127.0.0.1', security: 'none', ...user }
    const smtp = { ...server, username: 'alice@example.test', password: 'secret', port: sink.port }
    const body = { email: user.username, imap: { ...server, port: dovecot.port }, smtp }
    const mailAccount = await call(201, 'POST', '/mail/accounts', body)
    await eventually(async () =>
      assert.equal((await call(200, 'GET', `/mail/accounts/${mailAccount.id}`)).state, 'synced'),
    )
    await call(201, 'PUT', '/account/preferences/theme', { is_dark: true })
    await call(201, 'POST', '/mail/templates', { name: 'Thanks', subject: 'Thank you' })
    await call(201, 'POST', '/mail/uploads/content?filename=note.txt', { any: 'bytes' })
    const device = await call(201, 'POST', '/account/devices', { name: 'Laptop' })
    const authorization = `Basic ${Buffer.from(`${device.username}:${device.password}`).toString('base64')}`
    const put = async (path: string, content: string | undefined, method = 'PUT') => {
      const answer = await fetch(new URL(`/dav/${path}`, app.url), {
        method,
        headers: { authorization },
        ...(content && { body: content }),
      })
      assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${await answer.text()}`)
    }
    await put(`files/${name}/Papers`, undefined, 'MKCOL')
    await put(`files/${name}/Papers/Été.txt`, 'Summer.')
    await put(`files/${name}/top.txt`, 'On top.')
    for (const uid of ['a', 'b', 'c']) await put(`calendars/${name}/personal/${uid}.ics`, event(uid))
    const guest = 'ATTENDEE:mailto:olga@elsewhere.example'
    const invited = [`ORGANIZER:mailto:${user.username}`, guest, 'END:VEVENT'].join('\r\n')
    await put(`calendars/${name}/personal/c.ics`, event('c').replace('END:VEVENT', invited))
    const counter = event('c')
      .replace('VERSION:2.0', 'VERSION:2.0\r\nMETHOD:COUNTER')
      .replace('END:VEVENT', `${guest}\r\nEND:VEVENT`)
    const proposed = await call(200, 'POST', '/calendar/invitations', { content: counter })
    assert.equal(proposed.outcome, 'proposed')
    const booked = { calendar: 'personal', object: 'a.ics', uid: 'a', resource_id: randomUUID(), version: randomUUID() }
    const times = { starts_at: new Date('2027-03-08T09:00Z'), ends_at: new Date('2027-03-08T10:00Z') }
    await app.app.platform.database
      .insertInto('calendar_booking')
      .values({ owner_id: id, id: randomUUID(), ...booked, ...times })
      .execute()
    for (const uid of ['x', 'y']) await put(`addressbooks/users/${name}/contacts/${uid}.vcf`, card(uid))
    return { id, user }
  }

  /** Keys of the cache that name somebody, or hold something that does. */
  async function keysNaming(personId: string): Promise<string[]> {
    const client = new Redis(redis.url)
    try {
      const keys = await client.keys('*')
      assert.ok(keys.length > 0, 'the cache is in use')
      const found: string[] = []
      for (const key of keys) {
        const value = (await client.type(key)) === 'string' ? await client.get(key) : ''
        if (`${key} ${value}`.includes(personId)) found.push(key)
      }
      return found
    } finally {
      client.disconnect()
    }
  }

  test('is given everything in one archive, each file as its manifest says', async () => {
    const wanted = await admin.expect(202, 'POST', `/people/${alice.id}/exports`)
    const path = `/people/${alice.id}/exports/${wanted.id}`
    const done = await eventually(
      async () => {
        const shown = await admin.expect(200, 'GET', path)
        assert.equal(shown.state, 'done', JSON.stringify(shown))
        return shown
      },
      { timeoutMs: 30_000 },
    )
    const answer = await fetch(new URL(`/api/v1/admin${path}/content.zip`, app.url), {
      headers: { authorization: `Bearer ${await app.token('admin')}` },
    })
    const bytes = Buffer.from(await answer.arrayBuffer())
    assert.equal(createHash('sha256').update(bytes).digest('hex'), done.sha256)
    archive = await unzipBytes(bytes)
    const manifest = JSON.parse(String(archive['manifest.json']))
    assert.deepEqual(manifest.missing, [])
    for (const { path: name, bytes: size, sha256 } of manifest.files) {
      const content = archive[name]
      assert.ok(content, name)
      assert.deepEqual([content.length, createHash('sha256').update(content).digest('hex')], [size, sha256], name)
    }
    assert.equal(manifest.files.length, Object.keys(archive).length - 1)
    assert.match(String(archive['account/preference.ndjson']), /is_dark/)
    assert.match(String(archive['mail/mail_template.ndjson']), /Thank you/)
    assert.match(String(archive['calendar/proposals.ndjson']), /^\{"uid":"c",.*"from":"olga@elsewhere.example"/)
    const all = Buffer.concat(Object.values(archive)).toString('latin1')
    assert.ok(!all.includes(alice.user.password), 'no password')
    assert.ok(!/password_hash|imap_secret/.test(all), 'no hash and no sealed secret')
  })

  /** Folder and subject of each message below a path, with the hash of what it is, in their order. */
  async function storedMessages(user: MailUser, below: string): Promise<[name: string, sha256: string][]> {
    const client = await dovecot.connect(user)
    const found: [string, string][] = []
    for (const { path, flags } of await client.list()) {
      if (!path.startsWith(below) || flags.has('\\Noselect')) continue
      const { exists } = await client.mailboxOpen(path, { readOnly: true })
      if (exists === 0) continue
      for await (const { envelope, source } of client.fetch('1:*', { envelope: true, source: true })) {
        const sha256 = createHash('sha256').update(String(source)).digest('hex')
        found.push([`${path.split('/').at(-1)} ${envelope?.subject}`, sha256])
      }
    }
    return found.sort()
  }

  test('imports mail into Dovecot, message for message', async () => {
    const files = await createTempDir('mbox')
    try {
      for (const [name, content] of Object.entries(archive).filter(([name]) => name.endsWith('.mbox'))) {
        const file = join(
          files.path,
          name
            .split('/')
            .slice(2)
            .join('/')
            .replace(/\.mbox$/, ''),
        )
        await mkdir(dirname(file), { recursive: true })
        await writeFile(file, content)
      }
      // Dovecot reads it as the user of all its mail.
      await chmod(files.path, 0o777)
      const heir = dovecot.user('heir')
      await dovecot.deliver(heir, letter('already there'))
      await dovecot.doveadm(
        'import',
        '-u',
        heir.username,
        `mbox:${files.path}:INBOX=${files.path}/INBOX:INDEX=MEMORY`,
        'From alice',
        'all',
      )
      const imported = await storedMessages(heir, 'From alice/')
      assert.deepEqual(
        imported.map(([name]) => name),
        ['Archive kept', 'INBOX one', 'INBOX three', 'INBOX two'],
      )
      assert.deepEqual(
        imported,
        await storedMessages(alice.user, ''),
        'as many as there were, each with the same bytes',
      )
    } finally {
      await files.remove()
    }
  })

  test('imports calendars and contacts into Radicale', async () => {
    const put = async (path: string, name: string, type: string) => {
      const body = archive[name]
      assert.ok(body, `${name} of ${Object.keys(archive)}`)
      const headers = { 'content-type': type, authorization: `Basic ${btoa('heir:x')}` }
      const stored = await fetch(`${radicale.url}/heir/${path}/`, {
        method: 'PUT',
        headers,
        body: new Uint8Array(body),
      })
      assert.equal(stored.status, 201, await stored.text())
      const listed = await fetch(`${radicale.url}/heir/${path}/`, {
        method: 'PROPFIND',
        headers: { ...headers, depth: '1' },
      })
      const hrefs = [...(await listed.text()).matchAll(/<href>([^<]+)<\/href>/g)].map(([, href = '']) => href)
      const items = hrefs.filter((href) => /\.(ics|vcf)$/.test(href))
      const texts = await Promise.all(
        items.map(async (href) => (await fetch(new URL(href, radicale.url), { headers })).text()),
      )
      return texts
        .map((text) =>
          `${/^UID:(.*)$/m.exec(text)?.[1]} ${/^(?:SUMMARY|FN):(.*)$/m.exec(text)?.[1]}`.replaceAll('\r', ''),
        )
        .sort()
    }
    const events = await put('calendar', 'nextcloud/calendars/personal.ics', 'text/calendar')
    assert.deepEqual(events, ['a About a', 'b About b', 'c About c'])
    const cards = await put('contacts', 'nextcloud/contacts/contacts.vcf', 'text/vcard')
    assert.deepEqual(cards, ['x Person x', 'y Person y'])
  })

  test('has files in the archive as they lie in their folders', () => {
    const files = Object.entries(archive).filter(([name]) => name.startsWith('nextcloud/files/'))
    assert.deepEqual(
      Object.fromEntries(files.map(([name, content]) => [name.slice('nextcloud/files/'.length), String(content)])),
      { 'Papers/Été.txt': 'Summer.', 'top.txt': 'On top.' },
    )
  })

  test('is erased only once suspended, by their name, and not at once', async () => {
    const erase = (name: string) => admin.admin('POST', `/people/${alice.id}/erasure`, { body: { name } })
    const active = await erase('alice')
    assert.deepEqual([active.status, active.body.code], [409, 'admin.person_active'])
    await admin.expect(200, 'PUT', `/people/${alice.id}/suspension`)
    const mistaken = await erase('bob')
    assert.deepEqual([mistaken.status, mistaken.body.code], [422, 'admin.wrong_name'])
    const planned = await erase('alice')
    assert.deepEqual([planned.status, planned.body.state], [202, 'planned'])
    assert.ok(new Date(planned.body.starts_at) > new Date(Date.now() + 20 * 60_000))
    await admin.expect(204, 'DELETE', `/people/${alice.id}/erasure`)
    await admin.expect(404, 'GET', `/people/${alice.id}/erasure`)
  })

  test('leaves no row, no object, no file and no entry of the directory, but for the audit log', async () => {
    const { pool } = app.app.platform
    await pool.query(`update principal set suspended_at = now() - interval '1 hour' where id = $1`, [alice.id])
    const [lent, shared] = [newId(), newId()]
    const { transact, events } = app.app.platform
    await transact(async (tx) => {
      await mailboxStore.make(tx, lent, { name: 'Hers', lenderId: alice.id })
      await mailboxStore.make(tx, shared, { name: 'Support', lenderId: null })
      await mailboxStore.give(tx, shared, { id: newId(), member: { personId: alice.id }, role: 'send' })
      await events.append(tx, shared, [{ type: 'mail.message_sent', data: { sent_by: alice.id } }])
    })
    await admin.expect(202, 'POST', `/people/${alice.id}/erasure`, { body: { name: 'alice' } })
    const { report } = await eventually(
      async () => {
        const shown = await admin.expect(200, 'GET', `/people/${alice.id}/erasure`)
        assert.equal(shown.state, 'done', JSON.stringify(shown))
        return shown
      },
      { timeoutMs: 30_000 },
    )
    assert.ok(report.rows.mail_message >= 4 && report.objects >= 2, JSON.stringify(report))
    assert.deepEqual(report.systems.sort(), ['directory', 'nextcloud'])
    const { rows: tables } = await pool.query<{ name: string }>(`
      select format('%I.%I', schemaname, tablename) as name from pg_tables
      where schemaname in ('public', 'graphile_worker') and tablename !~ '^audit_(entry|head)'`)
    assert.ok(tables.length > 100)
    // The job that did it has a row until it has ended.
    await eventually(async () => {
      const holding: string[] = []
      for (const { name } of tables) {
        const { rows } = await pool.query(`select 1 from ${name} as one where one::text like $1 limit 1`, [
          `%${alice.id}%`,
        ])
        if (rows.length > 0) holding.push(name)
      }
      assert.deepEqual(holding, [])
    })
    const { rows: proposals } = await pool.query('select 1 from calendar_proposal where owner_id = $1', [alice.id])
    assert.deepEqual(proposals, [])
    const { rows: mailboxes } = await pool.query('select owner_id from mail_mailbox')
    assert.deepEqual(mailboxes, [{ owner_id: shared }], 'what she lent is gone, what is the organisation’s is not')
    const objects = await createDirectoryObjects(blobs.path).list('', { limit: 1000 })
    assert.deepEqual(
      objects.filter(({ key }) => key.includes(alice.id)),
      [],
    )
    assert.deepEqual(await keysNaming(alice.id), [])
    assert.equal(nextcloud.people.find('alice'), undefined)
    assert.ok(!authentik.directory.users().some(({ username }) => username === 'alice'))
    const { rows } = await pool.query('select action from audit_entry where owner_id = $1', [alice.id])
    assert.ok(rows.some(({ action }) => action === 'admin.person_erased'))
    assert.deepEqual((await admin.expect(200, 'GET', '/audit/verification')).faults, [])
    await admin.expect(404, 'GET', `/people/${alice.id}`)
  })
})
