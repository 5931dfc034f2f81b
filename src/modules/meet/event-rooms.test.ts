import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import type { Actor } from '#platform/auth/actor.ts'
import { createEvents } from '#platform/events/events.ts'
import { newId } from '#platform/ids.ts'
import { openTestDatabase } from '../../../test/harness/open-database.ts'
import { fc } from '../../../test/harness/properties.ts'
import { createMeetModule } from './index.ts'
import { slugOf } from './rooms/room-names.ts'

suite('rooms of calendar events', async () => {
  const { database, transact, close } = await openTestDatabase()
  after(close)
  const { links } = createMeetModule({
    ...{ database, transact, events: createEvents(database, () => undefined), invitationSecret: 's' },
    config: { jitsiUrl: 'https://ulti.test/meet', publicUrl: 'https://ulti.test' },
    signing: { appId: 'ulti', xmppDomain: 'meet.jitsi', algorithm: 'HS256', secret: 's' },
  })
  const person = async (name: string): Promise<Actor> => {
    const id = newId()
    await database.insertInto('principal').values({ id, issuer: 'i', subject: id }).execute()
    const rights = { permissions: new Set<string>(), credential: 'token' as const, credentialId: null }
    return { personId: id, email: `${name}@ulti.test`, displayName: name, ...rights, expiresAt: new Date() }
  }
  const [alice, bob, mallory] = [await person('alice'), await person('bob'), await person('mallory')]
  const event = (owner: Actor, object: string, uid = 'team-sync-2026-05-23', attendees = ['Bob@Ulti.Test']) => ({
    ...{ ownerId: owner.personId, object, uid, title: 'Team sync', attendees },
    ...{ startsAt: new Date(Date.now() + 1000), endsAt: new Date(Date.now() + 3_600_000) },
  })

  test('are named by the uid, and the same each time', async () => {
    const first = await links.claim(event(alice, 'alice/work/1.ics'))
    assert.deepEqual(first, { name: 'team-sync-2026-05-23', url: 'https://ulti.test/meet/team-sync-2026-05-23' })
    assert.deepEqual(await links.claim(event(alice, 'alice/work/1.ics')), first)
    assert.equal(links.roomNameOf(`${first.url}?jwt=x#config`), first.name)
  })

  test('a copied or guessed uid leads to a room of its own', async () => {
    const copied = await links.claim(event(mallory, 'mallory/home/1.ics', undefined, ['mallory@ulti.test']))
    assert.match(copied.name, /^team-sync-2026-05-23-[a-z2-9]{8}$/)
    await assert.rejects(links.enter(mallory, 'team-sync-2026-05-23'), { code: 'auth.forbidden' })
  })

  test('let the organizer in as moderator, those invited as participants, and nobody whom the event no longer names', async () => {
    const { name } = await links.claim(event(alice, 'alice/work/2.ics', 'planning'))
    assert.equal((await links.enter(alice, name)).is_moderator, true)
    assert.equal((await links.enter(bob, name)).is_moderator, false)
    await links.claim(event(alice, 'alice/work/2.ics', 'planning', []))
    await assert.rejects(links.enter(bob, name), { code: 'auth.forbidden' })
  })

  test('claimed at once from two windows are one', async () => {
    const rooms = await Promise.all(
      Array.from({ length: 6 }, () => links.claim(event(alice, 'alice/work/3.ics', 'at-once'))),
    )
    assert.deepEqual([...new Set(rooms.map(({ name }) => name))], ['at-once'])
  })

  test('end with the event', async () => {
    const { name } = await links.claim(event(alice, 'alice/work/4.ics', 'short-lived'))
    await links.release(alice.personId, 'alice/work/4.ics')
    await assert.rejects(links.enter(alice, name), { code: 'not_found' })
  })

  test('addresses of others are none of ours', () => {
    for (const url of [
      'https://meet.jit.si/x',
      'https://ulti.test/meet/',
      'https://ulti.test/meet/a/b',
      'https://ulti.test/meet/A b',
      'x',
    ]) {
      assert.equal(links.roomNameOf(url), undefined, url)
    }
  })

  test('any uid becomes a name that Jitsi and addresses take', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (uid) => {
        const slug = slugOf(uid)
        if (slug !== undefined) assert.match(slug, /^[a-z0-9]+(-[a-z0-9]+)*$/)
        assert.ok((slug?.length ?? 0) <= 100)
      }),
      { numRuns: 300, seed: 3 },
    )
    assert.equal(slugOf('Réunion d’équipe №1@ulti.example'), 'reunion-d-equipe-no1-ulti-example')
    assert.equal(slugOf('会议'), undefined)
  })
})
