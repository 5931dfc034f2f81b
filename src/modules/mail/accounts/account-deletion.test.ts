import assert from 'node:assert/strict'
import { access } from 'node:fs/promises'
import { after, before, suite, test } from 'node:test'
import pg from 'pg'
import { createDirectoryObjects } from '#platform/objects/directory-objects.ts'
import { startTestApp, type TestApp } from '../../../../test/harness/app.ts'
import { type Dovecot, startDovecot } from '../../../../test/harness/dovecot.ts'
import { eventually } from '../../../../test/harness/eventually.ts'
import { skipWithoutDovecot } from '../../../../test/harness/servers.ts'
import { type SmtpSink, startSmtpSink } from '../../../../test/harness/smtp-sink.ts'
import { createTempDir } from '../../../../test/harness/temp-dir.ts'

const tables = ['mail_message', 'mail_location', 'mail_body', 'mail_search', 'mail_remote_op', 'mail_folder']
const others = ['mail_outbox', 'mail_lease', 'mail_account']

suite('deleting a mail account', { skip: skipWithoutDovecot }, () => {
  let app: TestApp
  let dovecot: Dovecot
  let sink: SmtpSink
  let database: pg.Client
  let objects: Awaited<ReturnType<typeof createTempDir>>

  before(async () => {
    dovecot = await startDovecot()
    sink = await startSmtpSink({ username: 'alice@example.test', password: dovecot.user('alice').password })
    objects = await createTempDir('deletion')
    app = await startTestApp({ ULTID_ROLES: 'api,jobs', ULTID_OBJECTS_DIR: objects.path })
    database = new pg.Client(app.databaseUrl)
    await database.connect()
  })
  after(async () => {
    await database.end()
    await app.close()
    await Promise.all([dovecot.close(), sink.close(), objects.remove()])
  })

  async function connect(as: string): Promise<{ id: string; ownerId: string }> {
    const { username, password } = dovecot.user('alice')
    const login = { host: '127.0.0.1', username, password, security: 'none' }
    const body = {
      email: username,
      imap: { ...login, port: dovecot.port },
      smtp: { ...login, port: sink.port },
    }
    const { body: account } = await app.request('POST', '/api/v1/mail/accounts', { as, body })
    const { rows } = await database.query('select owner_id from mail_account where id = $1', [account.id])
    return { id: account.id, ownerId: rows[0].owner_id }
  }

  /**
   * A folder with 2,500 messages, more than one transaction of the purge takes, as a sync would have left them, and
   * what is left of a folder that vanished.
   */
  async function fill({
    id,
    ownerId,
  }: {
    id: string
    ownerId: string
  }): Promise<{ folderId: string; messageId: string }> {
    const fill = `with folder as (
        insert into mail_folder (owner_id, id, mail_account_id, path, name, uidvalidity)
        values ($1, gen_random_uuid(), $2, 'INBOX', 'INBOX', 1) returning id
      ), message as (
        insert into mail_message (owner_id, id, mail_account_id, received_at)
        select $1, gen_random_uuid(), $2, now() from generate_series(1, 2500) returning id
      ), location as (
        insert into mail_location (owner_id, folder_id, uidvalidity, uid, mail_account_id, message_id, shown_folder_id, received_at)
        select $1, folder.id, 1, row_number() over (), $2, message.id, folder.id, now() from message, folder
      ), tombstone as (
        insert into mail_location (owner_id, folder_id, uidvalidity, uid, mail_account_id, message_id, shown_folder_id, received_at, gone_at)
        select $1, $2, 1, row_number() over (), $2, message.id, $2, now(), now() from message limit 10
      ), body as (
        insert into mail_body (owner_id, message_id, text_body) select $1, id, 'text' from message
      ), search as (
        insert into mail_search (owner_id, message_id, mail_account_id, received_at, words)
        select $1, id, $2, now(), to_tsvector('ulti_words', 'needle') from message
      ), op as (
        insert into mail_remote_op (owner_id, id, mail_account_id, message_id, kind, change)
        select $1, gen_random_uuid(), $2, id, 'move', '{}' from message limit 10
      )
      select folder.id as "folderId", (select id from message limit 1) as "messageId" from folder`
    const { rows } = await database.query(fill, [ownerId, id])
    return rows[0]
  }

  /** As an attempt to send a large message would have left it. */
  async function keepMime(ownerId: string, outboxId: string): Promise<string> {
    const key = `outbox/${ownerId}/${outboxId}/1`
    await createDirectoryObjects(objects.path).put(key, Buffer.from('Subject: large\r\n\r\n'))
    await database.query('update mail_outbox set mime_object = $1 where id = $2', [key, outboxId])
    return key
  }

  const counts = async (ownerId: string) => {
    const left = [...tables, ...others].map(
      (table) => `(select count(*) from ${table} where owner_id = $1)::int as ${table}`,
    )
    return (await database.query(`select ${left.join(', ')}`, [ownerId])).rows[0] as Record<string, number>
  }

  test('nothing of it is visible at once, and nothing of it is left in the end', async () => {
    const account = await connect('ann')
    const kept = await connect('bob')
    const { folderId, messageId } = await fill(account)
    await fill(kept)
    const before = await counts(kept.ownerId)
    const sent = await app.request('POST', '/api/v1/mail/messages', {
      as: 'ann',
      body: { mail_account_id: account.id, to: [{ email: 'bob@example.test' }], text: 'Hi' },
    })
    assert.equal(sent.status, 202)
    const mimeObject = await keepMime(account.ownerId, sent.body.id)

    const answer = await app.request('DELETE', `/api/v1/mail/accounts/${account.id}`, { as: 'ann' })
    assert.equal(answer.status, 204)
    for (const path of [
      `accounts/${account.id}`,
      `messages?folder_id=${folderId}`,
      `messages/${messageId}`,
      `outbox/${sent.body.id}`,
    ]) {
      assert.equal((await app.request('GET', `/api/v1/mail/${path}`, { as: 'ann' })).status, 404, path)
    }
    assert.deepEqual((await app.request('GET', '/api/v1/mail/folders', { as: 'ann' })).body.items, [])
    assert.deepEqual((await app.request('GET', '/api/v1/search?q=needle', { as: 'ann' })).body.items, [])
    await eventually(async () => {
      assert.deepEqual(Object.values(await counts(account.ownerId)), [0, 0, 0, 0, 0, 0, 0, 0, 0])
      await assert.rejects(access(`${objects.path}/${mimeObject}`))
    })
    assert.deepEqual(await counts(kept.ownerId), before)
    const { rows } = await database.query('select type from event where owner_id = $1 order by seq', [account.ownerId])
    assert.equal(rows.at(-1).type, 'mail.account_deleted')
  })

  test('it can be connected again, and deleting it twice answers 404', async () => {
    const account = await connect('cleo')
    const path = `/api/v1/mail/accounts/${account.id}`
    assert.equal((await app.request('DELETE', path, { as: 'cleo' })).status, 204)
    assert.equal((await app.request('DELETE', path, { as: 'cleo' })).status, 404)
    assert.notEqual((await connect('cleo')).id, account.id)
  })

  test('a sync that holds the lease finishes its commit first and can do no other', async () => {
    const account = await connect('dora')
    const syncing = new pg.Client(app.databaseUrl)
    await syncing.connect()
    await syncing.query('begin')
    await syncing.query('select epoch from mail_lease where mail_account_id = $1 for share', [account.id])
    let isDeleted = false
    const deletion = app.request('DELETE', `/api/v1/mail/accounts/${account.id}`, { as: 'dora' }).then((answer) => {
      isDeleted = true
      return answer
    })
    await eventually(async () => {
      const { rows } = await database.query(
        "select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()",
      )
      assert.equal(rows.length, 1)
    })
    assert.equal(isDeleted, false)
    await syncing.query('commit')
    assert.equal((await deletion).status, 204)
    const { rows } = await syncing.query('select from mail_lease where mail_account_id = $1', [account.id])
    assert.equal(rows.length, 0)
    await syncing.end()
  })
})
