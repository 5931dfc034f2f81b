import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { buffer, text } from 'node:stream/consumers'
import { after, suite, test } from 'node:test'
import { sql } from 'kysely'
import { basicAuthorization } from '../../src/integrations/nextcloud/nextcloud-client.ts'
import { createChanges } from '../../src/modules/drive/changes/changes.ts'
import { createFavorites } from '../../src/modules/drive/changes/favorites.ts'
import { createJournal } from '../../src/modules/drive/changes/journal.ts'
import { createArchives } from '../../src/modules/drive/content/archives.ts'
import { createContents } from '../../src/modules/drive/content/contents.ts'
import { createItems } from '../../src/modules/drive/items/items.ts'
import { createListings } from '../../src/modules/drive/items/listings.ts'
import { createPolling } from '../../src/modules/drive/items/polling.ts'
import { createLinkAccess } from '../../src/modules/drive/links/link-access.ts'
import { createLinks } from '../../src/modules/drive/links/links.ts'
import { createFinds } from '../../src/modules/drive/search/finds.ts'
import { quotaOf } from '../../src/modules/drive/search/quota.ts'
import { everybodyMay } from '../../src/modules/drive/shares/share.ts'
import { createShares } from '../../src/modules/drive/shares/shares.ts'
import { createTrash, trashIdOf } from '../../src/modules/drive/trash/trash.ts'
import { createUploads } from '../../src/modules/drive/uploads/uploads.ts'
import { createVersions } from '../../src/modules/drive/versions/versions.ts'
import { createEvents } from '../../src/platform/events/events.ts'
import { newId } from '../../src/platform/ids.ts'
import { createLog } from '../../src/platform/observability/log.ts'
import { createKeyRing } from '../../src/platform/secrets/key-ring.ts'
import { type NextcloudServer, nextcloudClientOf, nextcloudServers } from '../harness/nextcloud-servers.ts'
import { openTestDatabase } from '../harness/open-database.ts'

/** The rules of the drive over a server, for one owner. */
async function startRules({ url, uid, password }: NextcloudServer) {
  const { database, transact, close } = await openTestDatabase()
  const client = nextcloudClientOf(url)
  const person = client.person(uid, async () => basicAuthorization(uid, password))
  const ownerId = newId()
  await database.insertInto('principal').values({ id: ownerId, issuer: 'test', subject: uid }).execute()
  const nextcloud = { as: async () => person }
  const events = createEvents(database, () => undefined)
  const deps = { database, transact, events, nextcloud }
  const listings = createListings(deps)
  const journal = createJournal({ ...deps, indexing: { noteGone: async () => undefined } })
  const shared = { ...deps, listings, journal, items: createItems({ ...deps, listings }) }
  const changes = createChanges(shared)
  const access = createLinkAccess({ keyRing: createKeyRing(new Map([['a', randomBytes(32)]]), 'a') })
  return {
    ...{ ownerId, nextcloud, events, access, changes, items: shared.items, listings },
    polling: createPolling({ ...shared, log: createLog({ level: 'silent', format: 'json' }) }),
    async letPass(): Promise<void> {
      await sql`update drive_root set checked_at = checked_at - interval '1 hour', asked_at = asked_at - interval '1 hour'`.execute(
        database,
      )
    },
    contents: createContents(shared),
    archives: createArchives(shared),
    favorites: createFavorites(shared),
    finds: createFinds(deps),
    trash: createTrash(shared),
    versions: createVersions(shared),
    uploads: createUploads({ ...shared, changes }),
    shares: createShares({ ...shared, policy: everybodyMay }),
    links: createLinks({ links: client.links, access }),
    async close() {
      await client.close()
      await close()
    },
  }
}

for (const [name, start] of Object.entries(nextcloudServers)) {
  suite(`files of ${name}`, async () => {
    const server = await start()
    const drive = await startRules(server)
    after(async () => {
      await drive.close()
      await server.close()
    })
    const { ownerId, contents, changes, items } = drive
    const { signal } = new AbortController()
    const request = { method: 'GET' as const, headers: {}, signal }
    const write = (path: string, content: string | Buffer, more = {}) =>
      contents.write(ownerId, path, { content: Readable.from([Buffer.from(content)]), ...more })
    const read = async (path: string) => text((await contents.open(ownerId, path, request)).content)

    test('content goes in and out, under conditions and names of all kinds, and is listed at once', async () => {
      const folder = await changes.createFolder(ownerId, '/Été 🎠', 'fail')
      const { item, isNew } = await write('/Été 🎠/100%2F ملف.txt', 'one', {
        ifNoneMatch: '*',
        modifiedAt: 1_700_000_000,
      })
      assert.deepEqual([isNew, item.size, item.modifiedAt.getTime()], [true, 3, 1_700_000_000_000])
      await assert.rejects(write(item.path, 'two', { ifNoneMatch: '*' }), { code: 'etag_mismatch' })
      await assert.rejects(write(item.path, 'two', { ifMatch: '"0"' }), { code: 'etag_mismatch' })
      await write(item.path, 'two', { ifMatch: item.etag })
      assert.equal(await read(item.path), 'two')
      const digest = { algorithm: 'sha256' as const, hex: createHash('sha256').update('other').digest('hex') }
      await assert.rejects(write(item.path, 'wrong', { contentLength: 5, digest }), { code: 'checksum_mismatch' })
      const part = await contents.open(ownerId, item.path, { ...request, headers: { range: 'bytes=1-' } })
      assert.deepEqual([part.status, await text(part.content)], [206, 'wo'])
      await assert.rejects(write('/nowhere/x.txt', 'x'), { code: 'parent_not_found' })
      await assert.rejects(write('/.htaccess', 'x'), (error: { kind?: string }) =>
        /invalid|forbidden/.test(error.kind ?? ''),
      )
      await assert.rejects(contents.open(ownerId, folder.path, request), { code: 'drive.is_folder' })
      assert.equal((await items.get(ownerId, String(item.fileId))).path, item.path)
    })

    test('what is changed elsewhere is asked for while its owner is there, told, and then listed', async () => {
      await drive.listings.fresh(ownerId, '/')
      const { dav, uid } = await drive.nextcloud.as()
      await dav.put(`/files/${uid}/elsewhere.txt`, 'x')
      await drive.letPass()
      await drive.polling.run()
      const [told] = (await drive.events.readAfter(ownerId, 0, 1000)).slice(-1)
      assert.equal(told?.type, 'drive.files_changed')
      assert.equal((await items.find(ownerId, '/elsewhere.txt')).size, 1)
    })

    test('files are moved, copied, marked, found and put into an archive', async () => {
      const { item } = await write('/a needle.txt', 'needle')
      await write('/taken.txt', 'taken')
      const id = String(item.fileId)
      await assert.rejects(changes.move(ownerId, id, { name: 'taken.txt', conflict: 'fail' }), {
        code: 'already_exists',
      })
      const renamed = await changes.move(ownerId, id, { name: 'taken.txt', conflict: 'rename' })
      assert.deepEqual([renamed.name, renamed.fileId], ['taken (2).txt', item.fileId])
      const copy = await changes.copy(ownerId, id, { folder: '/Été 🎠', name: 'copy needle.txt', conflict: 'fail' })
      assert.notEqual(copy.fileId, item.fileId)
      await drive.favorites.set(ownerId, id, true)
      assert.deepEqual(
        (await drive.favorites.list(ownerId, { after: undefined, limit: 50 })).map(({ fileId }) => fileId),
        [item.fileId],
      )
      const found = await drive.finds.page(ownerId, { text: 'NEEDLE', path: '/', limit: 10 })
      assert.deepEqual(
        found.items.map(({ path }) => path),
        [copy.path],
      )
      const zip = await drive.archives.ofFolder(ownerId, '/Été 🎠', signal)
      assert.equal((await buffer(zip.content)).subarray(0, 2).toString(), 'PK')
      assert.ok((await quotaOf(drive.nextcloud, ownerId)).usedBytes >= 0)
    })

    test('what was deleted and what was overwritten comes back', async () => {
      const { item } = await write('/lost.txt', 'first', { modifiedAt: 1_700_000_000 })
      const id = String(item.fileId)
      await write('/lost.txt', 'second')
      const versions = await drive.versions.list(ownerId, id)
      const old = versions.find(({ isCurrent }) => !isCurrent)
      assert(old)
      await drive.versions.restore(ownerId, id, old.id)
      assert.equal(await read('/lost.txt'), 'first')
      await changes.delete(ownerId, id)
      const { items: trashed } = await drive.trash.page(ownerId, { limit: 10, cursor: undefined })
      const one = trashed.find(({ fileId }) => fileId === id)
      assert(one)
      assert.equal((await drive.trash.restore(ownerId, trashIdOf(one.trashName))).path, '/lost.txt')
    })

    test('an upload in pieces becomes the file, and its checksum is looked at', async () => {
      const bytes = randomBytes(300_000)
      const checksum = `SHA256:${createHash('sha256').update(bytes).digest('hex')}`
      const upload = {
        path: '/pieces.bin',
        conflict: 'fail' as const,
        ifMatch: null,
        checksum,
        modifiedAt: 1_700_000_000,
      }
      const id = newId()
      await drive.uploads.create(ownerId, id, { ...upload, size: bytes.length, metadata: '' })
      const half = await drive.uploads.append(ownerId, id, 0, Readable.from([bytes.subarray(0, 150_000)]))
      await drive.uploads.append(ownerId, id, half, Readable.from([bytes.subarray(half)]))
      assert.equal((await drive.uploads.finish(ownerId, id)).state, 'finished')
      const { content } = await contents.open(ownerId, '/pieces.bin', request)
      assert.ok((await buffer(content)).equals(bytes))
    })

    test('a link is read by whoever has it and its password', async () => {
      const { fileId } = await items.find(ownerId, '/Été 🎠')
      const password = `A-${randomBytes(12).toString('base64url')}`
      const share = await drive.shares.create(ownerId, {
        itemId: String(fileId),
        kind: 'link',
        password,
        label: 'Test',
      })
      assert(share.token)
      const visitor = { token: share.token, access: drive.access.grant(share.token, password).access }
      await assert.rejects(drive.links.view({ token: share.token, access: undefined }), {
        code: 'drive.link_password_required',
      })
      assert.equal((await drive.links.view(visitor)).isFolder, true)
      const [first] = (await drive.links.list(visitor, '/', { limit: 1, cursor: undefined })).entries
      assert(first)
      const got = await drive.links.download(visitor, `/${first.name}`, request)
      assert.ok((await buffer(got.content)).length > 0)
      await drive.shares.revoke(ownerId, share.id)
      await assert.rejects(drive.links.view(visitor), { code: 'not_found' })
    })
  })
}
