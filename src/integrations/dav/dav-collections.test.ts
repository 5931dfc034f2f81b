import assert from 'node:assert/strict'
import { after, beforeEach, suite, test } from 'node:test'
import { connectPerson } from '../../../test/fixtures/nextcloud-person.ts'
import { startNextcloud } from '../../../test/harness/nextcloud.ts'
import { createDavCollections } from './dav-collections.ts'
import { davPath } from './dav-path.ts'
import { textOf } from './multistatus.ts'
import { xml } from './xml.ts'

const event = (uid: string, summary = uid) =>
  ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:test', 'BEGIN:VEVENT', `UID:${uid}`, 'DTSTAMP:20260523T080000Z']
    .concat('DTSTART:20260523T090000Z', `SUMMARY:${summary}`, 'END:VEVENT', 'END:VCALENDAR', '')
    .join('\r\n')

suite('collections of objects', async () => {
  const people = ['alice', 'bob'].map((uid) => ({ uid, password: uid, email: `${uid}@ulti.test` }))
  const nextcloud = await startNextcloud({ people })
  const [alice, bob] = people.map(({ uid }) => connectPerson(nextcloud.url, uid, uid)) as [
    ReturnType<typeof connectPerson>,
    ReturnType<typeof connectPerson>,
  ]
  after(() => Promise.all([nextcloud.close(), alice.close(), bob.close()]))
  const { dav } = alice
  const collections = createDavCollections(dav)
  const content = xml('cal:calendar-data')
  let path = ''
  let count = 0
  const put = (name: string, text = event(name)) => dav.put(davPath('calendars', 'alice', `c${count}`, name), text)

  beforeEach(async () => {
    path = `/calendars/alice/c${++count}/`
    await collections.create(path, {
      set: [xml('d:displayname', {}, 'Work'), xml('ical:calendar-color', {}, '#00aaff')],
    })
  })

  test('are made with their properties, once, and are listed with a token each', async () => {
    const home = await dav.propfind('/calendars/alice', {
      depth: '1',
      props: ['d:displayname', 'ical:calendar-color', 'd:sync-token', 'cs:getctag'],
    })
    const made = home.find((one) => one.path === path)
    assert.ok(made)
    assert.equal(textOf(made, 'd:displayname'), 'Work')
    assert.equal(textOf(made, 'ical:calendar-color'), '#00aaff')
    assert.equal(textOf(made, 'd:sync-token'), textOf(made, 'cs:getctag'))
    await assert.rejects(collections.create(path, { set: [] }), { code: 'already_exists' })
    await dav.proppatch(path, { set: [xml('d:displayname', {}, 'Worse')], remove: ['ical:calendar-color'] })
    const { props } = await dav.stat(path, ['d:displayname', 'ical:calendar-color'])
    assert.deepEqual(
      [...props.values()].map(({ text }) => text),
      ['Worse'],
    )
  })

  test('tell what changed since a token, and all of it without one or with one that nobody knows', async () => {
    const stored = await put('a.ics')
    const whole = await collections.changesSince(path, undefined)
    assert.deepEqual(whole.changed, [{ path: `${path}a.ics`, etag: stored.etag }])
    assert.equal(whole.isWhole, true)
    await put('b.ics')
    await dav.delete(`${path}a.ics`)
    const delta = await collections.changesSince(path, whole.syncToken)
    assert.deepEqual(
      delta.changed.map((one) => one.path),
      [`${path}b.ics`],
    )
    assert.deepEqual([delta.removed, delta.isWhole], [[`${path}a.ics`], false])
    const nothing = await collections.changesSince(path, delta.syncToken)
    assert.deepEqual([nothing.changed, nothing.removed], [[], []])
    const refused = await collections.changesSince(path, 'of another server')
    assert.deepEqual([refused.isWhole, refused.changed.length], [true, 1])
  })

  test('tell what was made anew as gone, though it is there; a token of the future hears of nothing', async () => {
    await put('a.ics')
    const { syncToken } = await collections.changesSince(path, undefined)
    await dav.delete(`${path}a.ics`)
    await put('a.ics')
    const { removed } = await collections.changesSince(path, syncToken)
    assert.deepEqual(removed, [`${path}a.ics`])
    const answers = await Array.fromAsync(
      collections.multiget(path, { report: 'cal:calendar-multiget', content, paths: removed }),
    )
    assert.equal(answers.flat().length, 1)
    const future = await collections.changesSince(path, 'http://sabre.io/ns/sync/9999')
    assert.deepEqual([future.changed, future.removed, future.isWhole], [[], [], false])
  })

  test('give many objects at once, and leave out those that are not there', async () => {
    const names = Array.from({ length: 205 }, (_, index) => `${index}.ics`)
    await Promise.all(names.map((name) => put(name)))
    const paths = [...names, 'none.ics'].map((name) => path + name)
    const found = (
      await Array.fromAsync(collections.multiget(path, { report: 'cal:calendar-multiget', content, paths }))
    ).flat()
    assert.equal(found.length, names.length)
    const [first] = found
    assert.ok(first && textOf(first, 'cal:calendar-data')?.includes('UID:0.ics'))
  })

  test('take a write only over the version that it names, one UID once, and nothing that is no calendar', async () => {
    const { etag } = await put('a.ics')
    const target = `${path}a.ics`
    const second = await dav.put(target, event('a.ics', 'Second'), { ifMatch: etag })
    assert.notEqual(second.etag, etag)
    await assert.rejects(dav.put(target, event('a.ics', 'Third'), { ifMatch: etag }), { code: 'etag_mismatch' })
    await assert.rejects(dav.put(target, event('a.ics'), { ifNoneMatch: '*' }), { code: 'etag_mismatch' })
    await assert.rejects(dav.delete(target, { ifMatch: etag }), { code: 'etag_mismatch' })
    await assert.rejects(put('b.ics', event('a.ics')), { code: 'invalid_name' })
    await assert.rejects(put('b.ics', 'nonsense'), { code: 'unsupported_content' })
    await dav.delete(target, { ifMatch: second.etag })
    await assert.rejects(dav.stat(target, ['d:getetag']), { code: 'not_found' })
  })

  test('are seen by those with whom they are shared, under a name of their own, and by nobody else', async () => {
    await put('a.ics')
    await assert.rejects(bob.dav.stat(path, ['d:displayname']), { code: 'not_found' })
    const bobs = `/calendars/bob/c${count}_shared_by_alice/`
    const principal = 'principal:principals/users/bob'
    await collections.share(path, [{ principal, access: 'read' }])
    const seen = await bob.dav.stat(bobs, ['oc:read-only', 'oc:owner-principal'])
    assert.equal(textOf(seen, 'oc:read-only'), '1')
    // What one may not write is answered as if it were not there.
    await assert.rejects(bob.dav.put(`${bobs}a.ics`, event('a.ics', 'Bob’s')), { code: 'not_found' })
    await collections.share(path, [{ principal, access: 'read_write' }])
    await bob.dav.put(`${bobs}a.ics`, event('a.ics', 'Bob’s'))
    await bob.dav.proppatch(bobs, { set: [xml('d:displayname', {}, 'Hers')] })
    assert.equal(textOf(await dav.stat(path, ['d:displayname']), 'd:displayname'), 'Work')
    await collections.share(path, [{ principal, access: 'none' }])
    await assert.rejects(bob.dav.stat(bobs, ['oc:read-only']), { code: 'not_found' })
  })

  test('stay in the trash with their name taken, unless they are deleted for good', async () => {
    await dav.delete(path)
    const { props } = await dav.stat(path, ['ncc:deleted-calendar'])
    assert.equal(props.has('ncc:deleted-calendar'), true)
    await assert.rejects(collections.create(path, { set: [] }), { code: 'already_exists' })
    await dav.delete(path, { headers: { 'x-nc-caldav-no-trashbin': '1' } })
    await collections.create(path, { set: [] })
  })
})
