import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { type ConnectedMailbox, type SyncedApp, startSyncedApp } from '../../../../test/fixtures/synced-app.ts'
import { eventually } from '../../../../test/harness/eventually.ts'
import { skipWithoutDovecot } from '../../../../test/harness/servers.ts'

suite('folders that their owner changes', { skip: skipWithoutDovecot }, () => {
  let world: SyncedApp
  before(async () => {
    world = await startSyncedApp()
  })
  after(() => world.close())

  async function made(box: ConnectedMailbox, name: string, parent_id?: string) {
    const answer = await box.request('POST', '/folders', {
      mail_account_id: box.id,
      name,
      ...(parent_id && { parent_id }),
    })
    assert.equal(answer.status, 201, JSON.stringify(answer.body))
    return answer.body as { id: string; path: string; name: string; parent_id: string | null }
  }
  async function pathsOnServer(box: ConnectedMailbox): Promise<string[]> {
    const client = await box.client()
    const folders = await client.list()
    await client.logout()
    return folders.filter(({ specialUse }) => !specialUse).map(({ path }) => path)
  }
  const onServer = (box: ConnectedMailbox, ...paths: string[]) =>
    eventually(async () => assert.deepEqual((await pathsOnServer(box)).sort(), paths.sort()))
  const settled = (box: ConnectedMailbox) =>
    eventually(async () => {
      const { rows } = await world.database.query('select from mail_folder_op where mail_account_id = $1', [box.id])
      assert.equal(rows.length, 0)
    })
  const fileIn = async (box: ConnectedMailbox, folderId: string) => {
    const [message] = await box.messages()
    assert.equal((await box.request('PATCH', `/messages/${message?.id}`, { folder_id: folderId })).status, 200)
    return message?.id
  }

  test('a folder is there at once, then on the server, in any script, also in another folder', async () => {
    const box = await world.connected('ann')
    const parent = await made(box, '  Größe & 大きさ 🌍 ')
    assert.deepEqual([parent.path, parent.name, parent.parent_id], ['Größe & 大きさ 🌍', 'Größe & 大きさ 🌍', null])
    const child = await made(box, 'Child', parent.id)
    assert.deepEqual([child.path, child.name, child.parent_id], [`${parent.path}/Child`, 'Child', parent.id])
    assert.equal((await box.folder(child.path)).id, child.id)
    await onServer(box, parent.path, child.path)
    await settled(box)
    assert.deepEqual(
      (await box.events('mail.folder_created')).slice(-2).map(({ folder_id }) => folder_id),
      [parent.id, child.id],
    )
    const filed = await fileIn(box, child.id)
    await box.deliver('news', child.path)
    await box.request('POST', `/accounts/${box.id}/sync`)
    await eventually(async () => assert.equal((await box.messages(child.path)).length, 2))
    assert.ok((await box.messages(child.path)).some(({ id }) => id === filed))
  })

  test('renamed with what lies in it, a folder keeps its id and its messages', async () => {
    const box = await world.connected('bea')
    const work = await made(box, 'Work')
    const year = await made(box, '2026', work.id)
    const message = await fileIn(box, year.id)
    const renamed = await box.request('PATCH', `/folders/${work.id}`, { name: 'Arbeit' })
    assert.deepEqual([renamed.status, renamed.body.path, renamed.body.id], [200, 'Arbeit', work.id])
    assert.equal((await box.folder('Arbeit/2026')).id, year.id)
    await onServer(box, 'Arbeit', 'Arbeit/2026')
    const moved = await box.request('PATCH', `/folders/${year.id}`, { parent_id: null, name: 'Year' })
    assert.deepEqual([moved.body.path, moved.body.parent_id], ['Year', null])
    await onServer(box, 'Arbeit', 'Year')
    await settled(box)
    await box.request('POST', `/accounts/${box.id}/sync`)
    await eventually(async () =>
      assert.deepEqual(
        (await box.messages('Year')).map(({ id }) => id),
        [message],
      ),
    )
    const back = await box.request('PATCH', `/folders/${year.id}`, { parent_id: work.id })
    assert.deepEqual([back.body.path, back.body.name], ['Arbeit/Year', 'Year'])
    await onServer(box, 'Arbeit', 'Arbeit/Year')
    assert.deepEqual(await box.events('mail.folder_reset'), [])
    assert.deepEqual(await box.events('mail.message_created'), [])
    assert.deepEqual(await box.events('mail.message_deleted'), [])
  })

  test('deleted, a folder is gone with what its owner sees in it; what was moved out stays', async () => {
    const box = await world.connected('cleo')
    const folder = await made(box, 'Old')
    await onServer(box, 'Old')
    for (const subject of ['gone', 'kept']) await box.deliver(subject, 'Old')
    await box.request('POST', `/accounts/${box.id}/sync`)
    await eventually(async () => assert.equal((await box.messages('Old')).length, 2))
    await box.request('PUT', `/accounts/${box.id}/pause`)
    const kept = (await box.messages('Old')).find(({ subject }) => subject === 'kept')
    const { id: archive } = await box.folder('Archive')
    await box.request('PATCH', `/messages/${kept?.id}`, { folder_id: archive })
    assert.equal((await box.request('DELETE', `/folders/${folder.id}`)).status, 204)
    assert.ok(!(await box.folders()).some(({ id }) => id === folder.id))
    assert.equal((await box.request('GET', `/messages?folder_id=${folder.id}`)).status, 404)
    assert.deepEqual(await pathsOnServer(box), ['Old'])
    await box.request('DELETE', `/accounts/${box.id}/pause`)
    await onServer(box)
    await settled(box)
    assert.deepEqual(
      (await box.messages('Archive')).map(({ id }) => id),
      [kept?.id],
    )
    assert.deepEqual(
      (await box.events('mail.folder_deleted')).map(({ folder_id }) => folder_id),
      [folder.id],
    )
    const again = await made(box, 'Old')
    assert.notEqual(again.id, folder.id)
    await onServer(box, 'Old')
  })

  test('a subscription goes to the server, and comes from there', async () => {
    const box = await world.connected('dora')
    const folder = await made(box, 'News')
    await onServer(box, 'News')
    const { body } = await box.request('PATCH', `/folders/${folder.id}`, { is_subscribed: false })
    assert.equal(body.is_subscribed, false)
    const other = await box.client()
    const isSubscribed = async () => (await other.list()).find(({ path }) => path === 'News')?.subscribed ?? false
    await eventually(async () => assert.equal(await isSubscribed(), false))
    await settled(box)
    await other.mailboxSubscribe('News')
    await box.request('POST', `/accounts/${box.id}/sync`)
    await eventually(async () => assert.equal((await box.folder('News')).is_subscribed, true))
  })

  test('names that cannot be, are taken or lie in themselves are refused', async () => {
    const box = await world.connected('eve')
    const parent = await made(box, 'Parent')
    const child = await made(box, 'Child', parent.id)
    const create = (name: string) => box.request('POST', '/folders', { mail_account_id: box.id, name })
    for (const name of ['a/b', 'tab\there', 'bell\u0007', '   ', '\u{1F30D}'.repeat(64), 'line\u2028end']) {
      const { status, body } = await create(name)
      assert.deepEqual([status, body.code], [422, 'mail.folder_name_invalid'], JSON.stringify(name))
    }
    for (const name of ['Parent', 'INBOX', 'inbox', 'Sent']) {
      const { status, body } = await create(name)
      assert.deepEqual([status, body.code], [409, 'mail.folder_exists'], name)
    }
    const decomposed = await create('Pa\u0308rent')
    assert.deepEqual([decomposed.status, decomposed.body.name], [201, 'P\u00e4rent'])
    for (const target of [child.id, parent.id]) {
      const { body } = await box.request('PATCH', `/folders/${parent.id}`, { parent_id: target })
      assert.equal(body.code, 'mail.folder_inside_itself')
    }
    assert.equal((await box.request('DELETE', `/folders/${parent.id}`)).body.code, 'mail.folder_has_children')
    const same = await box.request('PATCH', `/folders/${child.id}`, { name: 'Child' })
    assert.equal(same.status, 200)
    assert.equal((await box.request('PATCH', `/folders/${child.id}`, {})).status, 400)
  })

  test('folders that mail programs rely on can be neither renamed nor deleted', async () => {
    const box = await world.connected('fay')
    for (const path of ['INBOX', 'Sent', 'Trash']) {
      const { id } = await box.folder(path)
      const attempts = [
        await box.request('PATCH', `/folders/${id}`, { name: 'Other' }),
        await box.request('DELETE', `/folders/${id}`),
      ]
      for (const { status, body } of attempts) assert.deepEqual([status, body.code], [409, 'mail.folder_is_special'])
    }
    const { id } = await box.folder('INBOX')
    assert.equal((await box.request('PATCH', `/folders/${id}`, { sync: 'none' })).body.code, 'mail.folder_is_special')
    assert.equal((await box.request('PATCH', `/folders/${id}`, { name: 'INBOX' })).status, 200)
  })

  test('a repeated request makes one folder', async () => {
    const box = await world.connected('gil')
    const post = () =>
      world.app.request('POST', '/api/v1/mail/folders', {
        ...{ as: 'gil', body: { mail_account_id: box.id, name: 'Once' }, headers: { 'idempotency-key': 'folder-1' } },
      })
    const [first, second] = [await post(), await post()]
    assert.deepEqual([second.status, second.body], [201, first.body])
    const both = await Promise.all(
      [1, 2].map(() => box.request('POST', '/folders', { mail_account_id: box.id, name: 'Race' })),
    )
    assert.deepEqual(both.map(({ status }) => status).sort(), [201, 409])
  })

  test("another owner's folders and accounts do not exist", async () => {
    const box = await world.connected('hal')
    const folder = await made(box, 'Mine')
    const answers = await Promise.all([
      ...[{ name: 'Yours' }, { sync: 'none' }].map((body) =>
        world.app.request('PATCH', `/api/v1/mail/folders/${folder.id}`, { as: 'mallory', body }),
      ),
      world.app.request('DELETE', `/api/v1/mail/folders/${folder.id}`, { as: 'mallory' }),
      world.app.request('POST', '/api/v1/mail/folders', {
        as: 'mallory',
        body: { mail_account_id: box.id, name: 'x' },
      }),
      box.request('POST', '/folders', { mail_account_id: box.id, name: 'x', parent_id: crypto.randomUUID() }),
    ])
    for (const { status, body } of answers) assert.deepEqual([status, body.code], [404, 'not_found'])
  })
})
