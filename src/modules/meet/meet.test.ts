import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { decodeJwt } from 'jose'
import { type Answer, startTestApp } from '../../../test/harness/app.ts'

const environment = { JITSI_ENABLED: 'true', JWT_APP_SECRET: 'a shared secret', ULTID_PUBLIC_URL: 'https://ulti.test' }

suite('meetings', async () => {
  const app = await startTestApp(environment)
  after(app.close)
  const meet = (
    user: string | undefined,
    method: string,
    path: string,
    body?: unknown,
    headers = {},
  ): Promise<Answer> =>
    app.request(method, `/api/v1/meet${path}`, {
      ...(user && { as: user }),
      ...(body !== undefined && { body }),
      headers,
    })
  const made = async (user: string, body: object = {}) => {
    const answer = await meet(user, 'POST', '/rooms', body)
    assert.equal(answer.status, 201, JSON.stringify(answer.body))
    return answer.body
  }
  const claimsOf = (url: string) => decodeJwt(new URL(url).searchParams.get('jwt') ?? '') as Claims
  // Tokens of the tests bear an address only where one is asked for.
  const withEmail = async (user: string) => ({
    authorization: `Bearer ${await app.issuer.token({ sub: user, name: user, email: `${user}@ulti.test` })}`,
  })

  test('one that begins now has a name that cannot be guessed, and its maker moderates', async () => {
    const room = await made('alice')
    assert.match(room.name, /^([a-z2-9]{4}-){3}[a-z2-9]{4}$/)
    assert.equal(room.url, `https://ulti.test/meet/${room.name}`)
    assert.ok(room.meet_url.startsWith(`${room.url}?jwt=`))
    const claims = claimsOf(room.meet_url)
    assert.deepEqual([claims.room, claims.context.user.moderator, claims.context.user.name], [room.name, true, 'alice'])
    assert.notEqual((await made('alice')).name, room.name)
  })

  test('a token lives as long as the meeting is planned, and an hour', async () => {
    const end = new Date(Date.now() + 5 * 3_600_000)
    const room = await made('alice', { starts_at: new Date().toISOString(), ends_at: end.toISOString() })
    assert.equal(claimsOf(room.meet_url).exp, Math.floor(end.getTime() / 1000) + 3600)
    assert.equal(room.expires_at, new Date(end.getTime() + 3_600_000).toISOString())
  })

  test('one whose time is over lets nobody in until it gets another', async () => {
    const [from, to] = ['2020-01-01T09:00:00Z', '2020-01-01T10:00:00Z']
    const refused = await meet('alice', 'POST', '/rooms', { name: 'long-ago', starts_at: from, ends_at: to })
    assert.deepEqual([refused.status, refused.body.code], [409, 'meet.room_over'])
    const changed = await meet('alice', 'PATCH', '/rooms/long-ago', { starts_at: null, ends_at: null })
    assert.equal(changed.status, 200)
    assert.equal((await meet('alice', 'POST', '/rooms/long-ago/tokens')).status, 201)
  })

  test('others come in as participants, those whom the owner names as moderators, in any case of letters', async () => {
    const room = await made('alice', { moderators: ['Bob@Ulti.Test'], features: { recording: true } })
    const asBob = await meet(undefined, 'POST', `/rooms/${room.name}/tokens`, undefined, await withEmail('bob'))
    const asCarol = await meet(undefined, 'POST', `/rooms/${room.name}/tokens`, undefined, await withEmail('carol'))
    assert.deepEqual([asBob.body.is_moderator, asCarol.body.is_moderator], [true, false])
    assert.equal(claimsOf(asBob.body.meet_url).context.features.recording, true)
    assert.equal(claimsOf(asCarol.body.meet_url).context.features.recording, false)
    assert.equal(claimsOf(asCarol.body.meet_url).context.user.affiliation, 'member')
  })

  test('one for members is not there for anybody else, and shows its people to moderators alone', async () => {
    const room = await made('alice', { access: 'members', members: ['bob@ulti.test'] })
    for (const [method, path] of [
      ['GET', ''],
      ['POST', '/tokens'],
      ['DELETE', ''],
      ['GET', '/guests'],
      ['GET', '/invitations'],
    ] as const) {
      assert.equal((await meet('carol', method, `/rooms/${room.name}${path}`)).status, 404, path)
    }
    const seen = await meet(undefined, 'GET', `/rooms/${room.name}`, undefined, await withEmail('bob'))
    assert.equal(seen.status, 200)
    assert.equal(seen.body.members, undefined)
    assert.deepEqual((await meet('alice', 'GET', `/rooms/${room.name}`)).body.members, ['bob@ulti.test'])
  })

  test('a name is taken once for everybody; only the owner changes or deletes it, and then it is free', async () => {
    await made('alice', { name: 'weekly' })
    const taken = await meet('bob', 'POST', '/rooms', { name: 'weekly' })
    assert.deepEqual([taken.status, taken.body.code], [409, 'meet.name_taken'])
    assert.equal((await meet('bob', 'DELETE', '/rooms/weekly')).body.code, 'auth.forbidden')
    assert.equal((await meet('bob', 'PATCH', '/rooms/weekly', { title: 'mine' })).body.code, 'auth.forbidden')
    assert.equal((await meet('alice', 'DELETE', '/rooms/weekly')).status, 204)
    assert.equal((await meet('bob', 'POST', '/rooms', { name: 'weekly' })).status, 201)
  })

  test('a stale If-Match changes nothing and answers 412', async () => {
    const room = await made('alice')
    const first = await meet('alice', 'PATCH', `/rooms/${room.name}`, { title: 'one' }, { 'if-match': room.etag })
    assert.equal(first.status, 200)
    const stale = await meet('alice', 'PATCH', `/rooms/${room.name}`, { title: 'two' }, { 'if-match': room.etag })
    assert.deepEqual([stale.status, stale.body.code], [412, 'etag_mismatch'])
    assert.equal((await meet('alice', 'GET', `/rooms/${room.name}`)).body.title, 'one')
  })

  test('the same Idempotency-Key makes one room, and its stored answer holds no token', async () => {
    const headers = { 'idempotency-key': 'k1' }
    const [first, second] = [
      await meet('dave', 'POST', '/rooms', { title: 'x' }, headers),
      await meet('dave', 'POST', '/rooms', { title: 'x' }, headers),
    ]
    assert.equal(first.body.id, second.body.id)
    assert.equal((await meet('dave', 'POST', '/rooms', { title: 'y' }, headers)).body.code, 'idempotency_key_reused')
    const rows = await app.app.platform.database.selectFrom('idempotency_key').select('answer').execute()
    assert.doesNotMatch(JSON.stringify(rows), /jwt|eyJ/)
  })

  test('lists page without gap or repetition, the newest first', async () => {
    for (const title of ['1', '2', '3']) await made('erin', { title })
    const first = (await meet('erin', 'GET', '/rooms?limit=2')).body
    const second = (await meet('erin', 'GET', `/rooms?limit=2&cursor=${first.next_cursor}`)).body
    const titles = [...first.items, ...second.items].map(({ title }: { title: string }) => title)
    assert.deepEqual([titles, second.next_cursor], [['3', '2', '1'], null])
  })

  test('what is planned comes in the order of its beginning; what began and goes on is part of it', async () => {
    const at = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString()
    await made('frank', { title: 'later', starts_at: at(3), ends_at: at(4) })
    await made('frank', { title: 'running', starts_at: at(-1), ends_at: at(1) })
    await made('frank', { title: 'far', starts_at: at(300), ends_at: at(301) })
    await made('frank', { title: 'unplanned' })
    const { body } = await meet('frank', 'GET', '/upcoming')
    assert.deepEqual(
      body.items.map(({ title }: { title: string }) => title),
      ['running', 'later'],
    )
    assert.ok(body.items.every(({ url }: { url: string }) => !url.includes('jwt')))
  })

  const refusals: [what: string, body: object][] = [
    ['an end before the beginning', { starts_at: '2030-01-01T10:00:00Z', ends_at: '2030-01-01T09:00:00Z' }],
    ['a name that is no address', { name: 'Über Uns' }],
    ['a moderator that is no address', { moderators: ['bob'] }],
    ['a feature that Jitsi has not', { features: { juggling: true } }],
  ]
  for (const [what, body] of refusals) {
    test(`${what} is refused`, async () => {
      const { status, body: answer } = await meet('alice', 'POST', '/rooms', body)
      assert.deepEqual([status, answer.code], [400, 'invalid_request_body'])
    })
  }
})

test('where meetings are switched off, every address says so', async () => {
  const app = await startTestApp()
  try {
    for (const path of ['/rooms', '/join/x', '/upcoming']) {
      const { status, body } = await app.request('GET', `/api/v1/meet${path}`, { as: 'alice' })
      assert.deepEqual([status, body.code], [409, 'meet_disabled'])
    }
  } finally {
    await app.close()
  }
})

type Claims = {
  room: string
  exp: number
  context: { user: { moderator: boolean; name: string; affiliation: string }; features: Record<string, boolean> }
}
