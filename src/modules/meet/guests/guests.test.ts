import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { decodeJwt } from 'jose'
import { startTestApp } from '../../../../test/harness/app.ts'

suite('guests of meetings', async () => {
  const app = await startTestApp({
    ...{ JITSI_ENABLED: 'true', JWT_APP_SECRET: 'a shared secret', ULTID_PUBLIC_URL: 'https://ulti.test' },
  })
  after(app.close)
  const meet = (user: string | undefined, method: string, path: string, body?: object) =>
    app.request(method, `/api/v1/meet${path}`, { ...(user && { as: user }), ...(body && { body }) })
  /** A room of alice's with a link, and where the link leads on this machine. */
  async function invited(room: object = {}, invitation: object = {}) {
    const { name } = (await meet('alice', 'POST', '/rooms', { title: 'Open day', ...room })).body
    const { status, body } = await meet('alice', 'POST', `/rooms/${name}/invitations`, invitation)
    assert.equal(status, 201, JSON.stringify(body))
    const door = new URL(body.url).pathname.replace('/api/v1/meet', '')
    return { name, id: body.id, url: body.url, door }
  }
  const page = (path: string, init: RequestInit = {}) =>
    fetch(`${app.url}/api/v1/meet${path}`, {
      redirect: 'manual',
      ...init,
      headers: { accept: 'text/html', ...init.headers },
    })

  test('come in by a link under a name of their own, with limited rights and for as long as the link holds', async () => {
    const soon = new Date(Date.now() + 3_600_000).toISOString()
    const { door, url } = await invited({ features: { recording: true } }, { expires_at: soon, label: 'parents' })
    assert.ok(url.startsWith('https://ulti.test/api/v1/meet/join/'))
    const view = await meet(undefined, 'GET', door)
    assert.deepEqual(view.body, { title: 'Open day', starts_at: null, ends_at: null, lobby: false })
    const { body } = await meet(undefined, 'POST', door, { name: '  Dora   the Guest ' })
    assert.equal(body.state, 'admitted')
    const claims = decodeJwt(new URL(body.meet_url).searchParams.get('jwt') ?? '') as Claims
    assert.deepEqual([claims.context.user.name, claims.context.user.moderator], ['Dora the Guest', false])
    assert.equal(claims.exp, Math.floor(Date.parse(soon) / 1000))
    assert.deepEqual(
      Object.entries(claims.context.features).filter(([, is]) => is),
      [['send-groupchat', true]],
    )
  })

  test('with a link that is revoked, has run out or was made up come to nothing', async () => {
    const { name, id, door } = await invited()
    const forged = `${door.slice(0, -3)}AAA`
    assert.equal((await meet(undefined, 'GET', forged)).status, 404)
    assert.equal((await meet(undefined, 'GET', '/join/made-up')).status, 404)
    assert.equal((await meet('bob', 'DELETE', `/rooms/${name}/invitations/${id}`)).body.code, 'auth.forbidden')
    assert.equal((await meet('alice', 'DELETE', `/rooms/${name}/invitations/${id}`)).status, 204)
    for (const method of ['GET', 'POST']) {
      const answer = await meet(undefined, method, door, method === 'POST' ? { name: 'Dora' } : undefined)
      assert.equal(answer.status, 404)
    }
    const past = await meet('alice', 'POST', `/rooms/${name}/invitations`, { expires_at: '2020-01-01T00:00:00Z' })
    assert.equal(past.body.code, 'invalid_request_body')
  })

  test('of a room with a lobby wait until a moderator lets them in, or does not', async () => {
    const { name, door } = await invited({ lobby: true })
    const knock = async (guest: string) => (await meet(undefined, 'POST', door, { name: guest })).body
    const [dora, eve] = [await knock('Dora'), await knock('Eve')]
    assert.deepEqual([dora.state, dora.meet_url], ['waiting', undefined])
    const waiting = (await meet('alice', 'GET', `/rooms/${name}/guests`)).body.items
    assert.deepEqual(
      waiting.map((guest: { name: string }) => guest.name),
      ['Dora', 'Eve'],
    )
    const decide = (user: string, guest: string, decision: string) =>
      meet(user, 'POST', `/rooms/${name}/guests/${guest}/decision`, { decision })
    assert.equal((await decide('bob', dora.guest_id, 'admit')).body.code, 'auth.forbidden')
    assert.equal((await decide('alice', dora.guest_id, 'admit')).body.state, 'admitted')
    assert.equal((await decide('alice', eve.guest_id, 'refuse')).body.state, 'refused')
    assert.equal((await decide('alice', eve.guest_id, 'admit')).status, 404)
    const of = async (guest: { guest_id: string }) =>
      (await meet(undefined, 'GET', `${door}/guests/${guest.guest_id}`)).body
    assert.ok((await of(dora)).meet_url)
    assert.deepEqual([(await of(eve)).state, (await of(eve)).meet_url], ['refused', undefined])
    const other = await invited({ lobby: true })
    assert.equal((await meet(undefined, 'GET', `${other.door}/guests/${dora.guest_id}`)).status, 404)
    const events = await app.app.platform.database
      .selectFrom('event')
      .select('type')
      .where('type', 'like', 'meet.guest%')
      .execute()
    assert.deepEqual(events.map(({ type }) => type).sort(), [
      ...['meet.guest_admitted', 'meet.guest_refused', 'meet.guest_waiting', 'meet.guest_waiting'],
    ])
  })

  test('at the door are fifty at most', async () => {
    const { door } = await invited({ lobby: true })
    const knocks = await Promise.all(
      Array.from({ length: 55 }, (_, at) => meet(undefined, 'POST', door, { name: `Guest ${at}` })),
    )
    assert.equal(knocks.filter(({ status }) => status === 200).length, 50)
    assert.ok(knocks.some(({ body }) => body.code === 'meet.lobby_full'))
  })

  test('in a browser get a page that asks for their name, shows no markup of ours as theirs, and loads nothing foreign', async () => {
    const { door } = await invited({ title: '<img src=x onerror=alert(1)> & "party"' })
    const answer = await page(door)
    const text = await answer.text()
    assert.match(answer.headers.get('content-type') ?? '', /^text\/html/)
    assert.doesNotMatch(text, /<img/)
    assert.match(answer.headers.get('content-security-policy') ?? '', /default-src 'none'.*script-src 'sha256-/)
    const missing = await page('/join/made-up')
    assert.equal(missing.status, 404)
    assert.match(await missing.text(), /leads to no meeting/)
  })

  test('whose browser runs no scripts come in by the form alone', async () => {
    const form = (path: string) =>
      page(path, {
        method: 'POST',
        body: 'name=Dora+%26+Co',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      })
    const { door } = await invited()
    const straight = await form(door)
    assert.equal(straight.status, 303)
    assert.match(straight.headers.get('location') ?? '', /^https:\/\/ulti\.test\/meet\/.*\?jwt=/)
    const { door: lobby } = await invited({ lobby: true })
    const waiting = await form(lobby)
    const there = waiting.headers.get('location') ?? ''
    const shown = await fetch(new URL(there, app.url), { headers: { accept: 'text/html' } })
    assert.equal(shown.headers.get('refresh'), '3')
    assert.match(await shown.text(), /Please wait/)
  })

  test('give a name, of letters that are more than spaces', async () => {
    const { door } = await invited()
    for (const name of ['', '   ', 'x'.repeat(101)]) {
      assert.equal((await meet(undefined, 'POST', door, { name })).body.code, 'invalid_request_body')
    }
  })
})

type Claims = {
  exp: number
  context: { user: { name: string; moderator: boolean }; features: Record<string, boolean> }
}
