import assert from 'node:assert/strict'
import { suite, type TestContext, test } from 'node:test'
import { useMailboxes } from '../fixtures/sync-suite.ts'
import { eventually } from '../harness/eventually.ts'
import { startFaultProxy } from '../harness/fault-proxy.ts'
import { skipWithoutDovecot } from '../harness/servers.ts'

suite('folder changes that servers refuse or cut', { skip: skipWithoutDovecot }, () => {
  const { dovecot, mailbox } = useMailboxes()

  /** A synced mailbox behind a proxy, and what its owner sees and does. */
  async function owned(t: TestContext, name: string) {
    const proxy = await startFaultProxy({ target: dovecot() })
    const box = await mailbox(name)
    t.after(() => proxy.close())
    await box.deliver('first')
    const node = box.node({}, proxy)
    await box.synced()
    const { ownerId, account } = box
    const { mailAccountId } = account
    return {
      ...{ box, proxy, account },
      paths: async () => [...(await account.shownFolders()).keys()],
      idOf: async (path: string) => (await account.shownFolders()).get(path),
      make: async (folderName: string, parent_id?: string): Promise<string> => {
        const body = { mail_account_id: mailAccountId, name: folderName, ...(parent_id && { parent_id }) }
        return (await node.folders.create(ownerId, body)).body.id
      },
      change: (id: string, body: Parameters<typeof node.folders.change>[2]) => node.folders.change(ownerId, id, body),
      delete: (id: string) => node.folders.delete(ownerId, id),
      move: async (subject: string, folderId: string) =>
        node.changes.change(ownerId, (await box.message(subject)).message_id, { folderId }),
      settled: () => eventually(async () => assert.equal(await account.openFolderOps(), 0)),
      refused: async () => (await account.events('mail.folder_change_refused')).map(({ data }) => data.folder_id),
    }
  }

  test('a refused folder is taken back with those that were to lie in it, and messages return', async (t) => {
    const { account, proxy, box, ...owner } = await owned(t, 'refused-create')
    proxy.rules.add({ fault: 'answer', command: /^CREATE Nope/, answer: 'NO [CANNOT] Not here.', repeat: 'always' })
    proxy.freeze()
    const parent = await owner.make('Nope')
    const child = await owner.make('Child', parent)
    const good = await owner.make('Good')
    await owner.move('first', child)
    assert.deepEqual(await owner.paths(), ['Good', 'Nope', 'Nope/Child'])
    proxy.thaw()
    await owner.settled()
    assert.deepEqual(await owner.paths(), ['Good'])
    assert.deepEqual(await owner.refused(), [parent, child])
    const deleted = await account.events('mail.folder_deleted')
    assert.deepEqual(
      deleted.map(({ data }) => data.folder_id),
      [parent, child],
    )
    const [reason] = await account.events('mail.folder_change_refused')
    assert.match(String(reason?.data.reason), /refused to make the folder.*Not here/)
    assert.equal(await account.folderId('Good'), good)
    await eventually(async () => assert.equal(await account.unsettled(), 0))
    assert.equal((await box.message('first')).folder, 'INBOX')
    await box.converged()
  })

  test('a refused name is the old one again, for all that lie in the folder', async (t) => {
    const { account, proxy, box, ...owner } = await owned(t, 'refused-rename')
    const parent = await owner.make('Alpha')
    await owner.make('Inner', parent)
    await owner.settled()
    proxy.rules.add({ fault: 'answer', command: /^RENAME/, answer: 'NO [NOPERM] No.' })
    assert.equal((await owner.change(parent, { name: 'Beta' })).path, 'Beta')
    await owner.settled()
    assert.deepEqual(await owner.paths(), ['Alpha', 'Alpha/Inner'])
    assert.deepEqual(await owner.refused(), [parent])
    await owner.change(parent, { name: 'Gamma' })
    await owner.settled()
    assert.deepEqual(await owner.paths(), ['Gamma', 'Gamma/Inner'])
    assert.equal(await account.folderId('Gamma'), parent)
    await box.converged()
  })

  test('a folder whose deletion is refused is back with its messages, under their ids', async (t) => {
    const { account, proxy, box, ...owner } = await owned(t, 'refused-delete')
    const folder = await owner.make('Kept')
    await owner.settled()
    await box.deliver('inside', 'Kept')
    await box.converged()
    const { message_id } = await box.message('inside')
    proxy.rules.add({ fault: 'answer', command: /^DELETE/, answer: 'NO [CANNOT] Never.' })
    await owner.delete(folder)
    assert.deepEqual(await owner.paths(), [])
    await owner.settled()
    assert.equal(await owner.idOf('Kept'), folder)
    assert.equal((await box.message('inside')).message_id, message_id)
    assert.deepEqual(await owner.refused(), [folder])
    await box.converged()
    assert.equal((await box.message('inside')).message_id, message_id)
    const created = await account.events('mail.folder_created')
    assert.equal(created.filter(({ data }) => data.folder_id === folder).length, 2)
    assert.deepEqual(await account.events('mail.message_deleted'), [])
  })

  test('a deletion that is long refused loses nothing, whatever passes meanwhile', async (t) => {
    const { account, proxy, box, ...owner } = await owned(t, 'slow-delete')
    const folder = await owner.make('Slow')
    await owner.settled()
    await box.deliver('inside', 'Slow')
    await box.converged()
    const { message_id } = await box.message('inside')
    const rule = proxy.rules.add({ fault: 'answer', command: /^DELETE/, answer: 'NO [INUSE] Wait.', repeat: 'always' })
    await owner.delete(folder)
    await eventually(() => assert.ok(rule.hits > 0))
    await owner.settled()
    assert.equal(rule.hits, 3)
    await box.converged()
    assert.equal((await box.message('inside')).message_id, message_id)
    assert.deepEqual(await account.events('mail.message_deleted'), [])
  })

  test('a passing refusal is tried again, and nobody hears of it', async (t) => {
    const { proxy, box, ...owner } = await owned(t, 'passing')
    proxy.rules.add({ fault: 'answer', command: /^CREATE/, answer: 'NO [INUSE] Later.' })
    const folder = await owner.make('Later')
    await owner.settled()
    assert.deepEqual(await owner.refused(), [])
    assert.equal(await owner.idOf('Later'), folder)
    await box.converged()
  })

  const cuts = [
    ['CREATE', 'before it is done', { from: 'client', line: /^\S+ CREATE /, moment: 'before' }],
    ['CREATE', 'after it is done', { from: 'server', line: /^\S+ OK .*Create completed/, moment: 'before' }],
    ['RENAME', 'before it is done', { from: 'client', line: /^\S+ RENAME /, moment: 'before' }],
    ['RENAME', 'after it is done', { from: 'server', line: /^\S+ OK .*Rename completed/, moment: 'before' }],
    ['DELETE', 'after it is done', { from: 'server', line: /^\S+ OK .*Delete completed/, moment: 'before' }],
  ] as const
  for (const [command, at, place] of cuts) {
    test(`a connection that dies on ${command} ${at} leaves what the owner wants, once`, async (t) => {
      const { account, proxy, box, ...owner } = await owned(t, `cut-${command}-${at.split(' ')[0]}`.toLowerCase())
      if (command === 'CREATE') proxy.rules.add({ fault: 'cut', ...place })
      const folder = await owner.make('One')
      await owner.settled()
      const rule = command === 'CREATE' ? undefined : proxy.rules.add({ fault: 'cut', ...place })
      if (command === 'RENAME') await owner.change(folder, { name: 'Two' })
      if (command === 'DELETE') await owner.delete(folder)
      await owner.settled()
      assert.notEqual(rule?.hits, 0)
      const expected = { CREATE: ['One'], RENAME: ['Two'], DELETE: [] }[command]
      assert.deepEqual(await owner.paths(), expected)
      const listed = await (await box.client()).list()
      assert.deepEqual(
        listed.filter(({ specialUse }) => !specialUse).map(({ path }) => path),
        expected,
      )
      assert.deepEqual(await owner.refused(), [])
      if (expected[0]) assert.equal(await account.folderId(expected[0]), folder)
    })
  }

  test('a folder that another program makes meanwhile, and renames later, is no second one', async (t) => {
    const { account, proxy, box, ...owner } = await owned(t, 'both')
    proxy.freeze()
    const asked = await owner.make('Both')
    const client = await box.client()
    await client.mailboxCreate('Both')
    await box.deliver('inside', 'Both')
    proxy.thaw()
    await owner.settled()
    await box.converged()
    assert.deepEqual([await owner.paths(), await owner.idOf('Both')], [['Both'], asked])
    const { message_id } = await box.message('inside')
    await client.mailboxRename('Both', 'Elsewhere/Deep')
    await eventually(async () => assert.equal(await owner.idOf('Elsewhere/Deep'), asked))
    await box.converged()
    assert.equal((await box.message('inside')).message_id, message_id)
    assert.deepEqual(await owner.refused(), [])
    assert.deepEqual(await account.events('mail.message_deleted'), [])
  })
})

// Sections of the same name are merged: what comes last wins.
const overrides = { 'namespace inbox {\n  separator = .\n  prefix': 'INBOX.\n}' }

suite('folder changes on a server that keeps all folders below INBOX', { skip: skipWithoutDovecot }, () => {
  const { mailbox } = useMailboxes({ overrides })

  test('folders are made and renamed behind the prefix, and shown where they are', async () => {
    const { ownerId, account, node, synced, converged } = await mailbox('prefix')
    const { folders } = node()
    await synced()
    const settled = () => eventually(async () => assert.equal(await account.openFolderOps(), 0))
    const make = async (name: string, parent_id: string | null) =>
      (await folders.create(ownerId, { mail_account_id: account.mailAccountId, name, parent_id })).body.id
    const parent = await make('Personal', null)
    await settled()
    const child = await make('Taxes', parent)
    await settled()
    assert.deepEqual([...(await account.shownFolders()).keys()], ['INBOX.Personal', 'INBOX.Personal.Taxes'])
    await folders.change(ownerId, child, { parent_id: null })
    await settled()
    await folders.change(ownerId, parent, { name: 'Private' })
    await settled()
    assert.deepEqual(
      [...(await account.shownFolders())],
      [
        ['INBOX.Private', parent],
        ['INBOX.Taxes', child],
      ],
    )
    assert.equal((await account.events('mail.folder_change_refused')).length, 0)
    await assert.rejects(make('a.b', null), { code: 'mail.folder_name_invalid' })
    await make('a/b', null)
    await settled()
    await converged()
  })
})

suite('messages of folders that are withdrawn', { skip: skipWithoutDovecot }, () => {
  const { mailbox } = useMailboxes()

  test('a folder that is left out while it is listed keeps nothing, and its messages are forgotten quietly', async () => {
    const { ownerId, account, deliver, node, synced } = await mailbox('left-out')
    for (let at = 0; at < 150; at++) await deliver(`m${at}`, at % 3 ? 'Archive' : 'INBOX')
    const { folders } = node()
    const archive = await eventually(() => account.folderId('Archive'))
    await folders.change(ownerId, archive, { sync: 'none' })
    await synced()
    await eventually(async () => {
      const places = await account.messages()
      assert.deepEqual([places.length, places.filter(({ folder }) => folder === 'Archive').length], [50, 0])
      assert.equal(await account.storedMessages(), 50)
    })
    assert.deepEqual(await account.events('mail.message_deleted'), [])
    await folders.change(ownerId, archive, { sync: 'all' })
    await eventually(async () => assert.equal((await account.messages()).length, 150))
    assert.deepEqual(await account.events('mail.message_created'), [])
  })

  test('a folder that is deleted while it is listed leaves no message behind', async () => {
    const { ownerId, account, deliver, node, converged } = await mailbox('deleted')
    for (let at = 0; at < 150; at++) await deliver(`m${at}`, at % 3 ? 'Projects' : 'INBOX')
    const { folders } = node()
    await folders.delete(ownerId, await eventually(() => account.folderId('Projects')))
    await eventually(async () => assert.equal(await account.openFolderOps(), 0))
    assert.equal((await converged()).length, 50)
    await eventually(async () => assert.equal(await account.storedMessages(), 50))
    assert.deepEqual(await account.events('mail.message_deleted'), [])
  })
})
