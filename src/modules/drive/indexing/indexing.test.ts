import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { startDrive, type TestDrive } from '../../../../test/fixtures/drive.ts'
import { eventually } from '../../../../test/harness/eventually.ts'
import { enqueue, jobName } from '../../../platform/jobs/jobs.ts'
import { indexedStore } from './indexed-store.ts'

type Hit = { type: string; id: string; title: string; excerpt: string; link: string; place: { path: string } }

suite('files in search', () => {
  let drive: TestDrive
  let ownerId: string

  before(async () => {
    drive = await startDrive({ environment: { ULTID_ROLES: 'api,jobs' } })
    await drive.alice('GET', '/items?path=/')
    ownerId = await drive.ownerIdOf('alice')
  })
  after(() => drive.close())

  const search = async (q: string, user = 'alice'): Promise<Hit[]> => {
    const path = `/api/v1/search?q=${encodeURIComponent(q)}&types=drive`
    return (await drive.app.request('GET', path, { as: user })).body.items
  }
  /** What the sweep does when it hears that something is new. */
  const look = () => enqueue(drive.app.app.platform.database, jobName<object>('drive.index_files'), { ownerId })
  const found = async (q: string, paths: string[]) => {
    await look()
    await eventually(async () => assert.deepEqual((await search(q)).map(({ place }) => place.path).sort(), paths))
  }

  test('files and folders are found by their names wherever they lie, and by the text in them, by their owner alone', async () => {
    await drive.nextcloud.write('alice', 'Projects/Harbour/minutes.txt', 'We agreed on the gangway.')
    await found('minutes', ['/Projects/Harbour/minutes.txt'])
    await found('harbour', ['/Projects/Harbour'])
    await found('in:harbour gangway', ['/Projects/Harbour/minutes.txt'])
    const [hit] = await search('gangway')
    assert.deepEqual([hit?.type, hit?.title, hit?.excerpt], ['drive.file', 'minutes.txt', 'We agreed on the gangway.'])
    const item = await drive.app.request('GET', hit?.link ?? '', { as: 'alice' })
    assert.deepEqual([item.status, item.body.name], [200, 'minutes.txt'])
    assert.deepEqual(await search('gangway', 'bob'), [])
  })

  test('what is changed, moved and deleted at Nextcloud is found as it is then', async () => {
    await drive.nextcloud.write('alice', 'Old/Deep/kelp.txt', 'bladderwrack')
    await found('bladderwrack', ['/Old/Deep/kelp.txt'])
    await drive.nextcloud.move('alice', 'Old/Deep', 'New/Deeper')
    await found('bladderwrack', ['/New/Deeper/kelp.txt'])
    await drive.nextcloud.write('alice', 'New/Deeper/kelp.txt', 'carrageen')
    await found('carrageen', ['/New/Deeper/kelp.txt'])
    assert.deepEqual(await search('bladderwrack'), [])
  })

  test('what is deleted through ultid is gone from search at once, with all below it', async () => {
    await drive.nextcloud.write('alice', 'Attic/Box/teapot.txt', 'porcelain')
    await found('porcelain', ['/Attic/Box/teapot.txt'])
    const [folder] = await search('attic')
    await drive.letPass('alice')
    const deleted = await drive.alice('DELETE', `/items/${folder?.id}`)
    assert.equal(deleted.status, 204, JSON.stringify([folder, deleted.body]))
    assert.deepEqual([await search('porcelain'), await search('attic')], [[], []])
    await look()
  })

  test('nothing is asked of folders in which nothing is new', async () => {
    for (const name of ['a', 'b', 'c']) await drive.nextcloud.write('alice', `Quiet/${name}/file.txt`, 'quiet')
    await found('quiet', ['/Quiet', '/Quiet/a/file.txt', '/Quiet/b/file.txt', '/Quiet/c/file.txt'])
    const before = drive.nextcloud.requests()
    await drive.nextcloud.write('alice', 'Quiet/b/other.txt', 'quiet')
    await found('other', ['/Quiet/b/other.txt'])
    // The top, Quiet and b, and what the text of the file takes.
    assert.ok(drive.nextcloud.requests() - before <= 12, String(drive.nextcloud.requests() - before))
    const { database } = drive.app.app.platform
    await eventually(async () => {
      const root = await database
        .selectFrom('drive_root')
        .select('etag')
        .where('owner_id', '=', ownerId)
        .executeTakeFirst()
      const etags = await indexedStore.etags(database, ownerId, ['/'])
      assert.ok(root?.etag && etags.get('/'))
    })
  })
})
