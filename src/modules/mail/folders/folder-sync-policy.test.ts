import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { type ConnectedMailbox, type SyncedApp, startSyncedApp } from '../../../../test/fixtures/synced-app.ts'
import { eventually } from '../../../../test/harness/eventually.ts'
import { skipWithoutDovecot } from '../../../../test/harness/servers.ts'

suite('how much of a folder is synced', { skip: skipWithoutDovecot }, () => {
  let world: SyncedApp
  before(async () => {
    world = await startSyncedApp()
  })
  after(() => world.close())

  async function withArchive(name: string) {
    const box = await world.connected(name)
    await world.dovecot.deliver(box.user, 'Subject: Quarterly figures\n\nThe zebrafinch sings.\n', 'Archive')
    await box.request('POST', `/accounts/${box.id}/sync`)
    await eventually(async () => assert.equal((await found(box, 'zebrafinch')).length, 1))
    return { box, archive: await box.folder('Archive') }
  }
  const set = async (box: ConnectedMailbox, folder: { id: string }, sync: string) => {
    const { status, body } = await box.request('PATCH', `/folders/${folder.id}`, { sync })
    assert.deepEqual([status, body.sync], [200, sync])
  }
  const found = async (box: ConnectedMailbox, words: string): Promise<unknown[]> => {
    const name = box.user.username.split('@')[0] ?? ''
    return (await world.app.request('GET', `/api/v1/search?q=${encodeURIComponent(words)}`, { as: name })).body.items
  }

  test('nothing is kept of a folder that is left out, and all of it is found again when it is back', async () => {
    const { box, archive } = await withArchive('ann')
    const [message] = await box.messages('Archive')
    await set(box, archive, 'none')
    assert.deepEqual([await box.messages('Archive'), await found(box, 'zebrafinch')], [[], []])
    assert.equal((await box.folder('Archive')).total_count, 0)
    assert.equal((await box.request('GET', `/messages/${message?.id}`)).status, 404)
    await box.deliver('while left out', 'Archive')
    await box.deliver('marker')
    await box.request('POST', `/accounts/${box.id}/sync`)
    await eventually(async () => assert.equal((await box.messages()).length, 2))
    assert.deepEqual(await box.messages('Archive'), [])
    await set(box, archive, 'all')
    await eventually(async () => {
      const subjects = (await box.messages('Archive')).map(({ subject }) => subject).sort()
      assert.deepEqual(subjects, ['Quarterly figures', 'while left out'])
    })
    await eventually(async () => assert.equal((await found(box, 'zebrafinch')).length, 1))
    const told = (await box.events('mail.message_created')).map(({ subject }) => subject)
    assert.deepEqual(told, ['Quarterly figures', 'marker'])
    assert.deepEqual(await box.events('mail.message_deleted'), [])
  })

  test('of a folder that is only listed, a body is fetched when somebody opens it', async () => {
    const { box, archive } = await withArchive('bea')
    await set(box, archive, 'listing')
    await world.dovecot.deliver(box.user, 'Subject: Yearly figures\n\nThe nightjar churrs.\n', 'Archive')
    await box.request('POST', `/accounts/${box.id}/sync`)
    await eventually(async () => assert.equal((await found(box, 'yearly')).length, 1))
    assert.deepEqual(await found(box, 'nightjar'), [])
    const listed = (await box.messages('Archive')).find(({ subject }) => subject === 'Yearly figures')
    const { body } = await box.request('GET', `/messages/${listed?.id}`)
    assert.deepEqual([body.body.state, body.body.text.trim()], ['stored', 'The nightjar churrs.'])
    assert.equal((await found(box, 'nightjar')).length, 1)
  })

  test('bodies are fetched as soon as they are wanted: of the folder, or of a message that leaves it', async () => {
    const { box, archive } = await withArchive('cleo')
    await set(box, archive, 'listing')
    for (const word of ['nightjar', 'goldcrest']) {
      await world.dovecot.deliver(box.user, `Subject: About the ${word}s\n\nThe ${word} is a ${word}.\n`, 'Archive')
    }
    await box.request('POST', `/accounts/${box.id}/sync`)
    await eventually(async () => assert.equal((await found(box, 'about')).length, 2))
    const leaving = (await box.messages('Archive')).find(({ subject }) => subject.includes('nightjar'))
    const inbox = await box.folder('INBOX')
    await box.request('PATCH', `/messages/${leaving?.id}`, { folder_id: inbox.id })
    await eventually(async () => assert.equal((await box.request('POST', `/accounts/${box.id}/sync`)).status, 202))
    await eventually(async () => assert.equal((await found(box, '"is a nightjar"')).length, 1))
    assert.deepEqual(await found(box, '"is a goldcrest"'), [])
    await set(box, archive, 'all')
    await eventually(async () => assert.equal((await found(box, '"is a goldcrest"')).length, 1))
  })

  test('what is moved into a folder that is left out goes there on the server, and is gone here', async () => {
    const { box, archive } = await withArchive('dora')
    await set(box, archive, 'none')
    const [message] = await box.messages()
    await box.request('PATCH', `/messages/${message?.id}`, { folder_id: archive.id })
    const client = await box.client()
    await eventually(async () => {
      const status = await client.status('Archive', { messages: true })
      assert.equal(status ? status.messages : undefined, 2)
    })
    await eventually(async () => assert.deepEqual([await box.messages(), await box.messages('Archive')], [[], []]))
  })

  test('anything but the three policies is refused', async () => {
    const box = await world.connected('eve')
    const { id } = await box.folder('Archive')
    for (const sync of ['some', '', null, true]) {
      assert.equal((await box.request('PATCH', `/folders/${id}`, { sync })).status, 400)
    }
  })
})
