import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { WebSocket } from 'ws'
import { createBrowser } from '../../../../test/harness/browser.ts'
import { eventually } from '../../../../test/harness/eventually.ts'
import { startRedis } from '../../../../test/harness/redis.ts'
import { skipWithoutRedis } from '../../../../test/harness/servers.ts'
import { frontEnd, startSignInApp } from '../../../../test/harness/sign-in.ts'
import { connectSocket } from '../../../../test/harness/socket-client.ts'
import { createKeyRing } from '../../../platform/secrets/key-ring.ts'

const path = '/api/v1/account/'

suite('browser sessions', async () => {
  const app = await startSignInApp()
  after(app.close)
  const { query } = app
  const sessionOf = async (id: string) => (await query('select * from session where id = $1', [id]))[0]
  /** Changes a session behind the service's back. */
  async function change(id: string, columns: string): Promise<void> {
    await query(`update session set ${columns} where id = $1`, [id])
    await app.app.platform.cache.delete(`session:${id}`)
  }
  const isGone = async (id: string) => assert.equal(await sessionOf(id), undefined)

  test('a person sees their sessions and ends one, or all others', async () => {
    const [laptop, phone, tablet] = [
      await app.signIn('alice', { userAgent: 'Laptop' }),
      await app.signIn('alice', { userAgent: 'Phone' }),
      await app.signIn('alice', { userAgent: 'Tablet' }),
    ]
    const { items } = (await laptop.request('GET', '/api/v1/account/sessions')).body
    assert.deepEqual(
      items.map((session: { user_agent: string; is_current: boolean }) => [session.user_agent, session.is_current]),
      [
        ['Tablet', false],
        ['Phone', false],
        ['Laptop', true],
      ],
    )
    assert.match(items[0].address, /127\.0\.0\.1|::1/)
    const first = (await laptop.request('GET', '/api/v1/account/sessions?limit=2')).body
    const rest = (await laptop.request('GET', `/api/v1/account/sessions?limit=2&cursor=${first.next_cursor}`)).body
    assert.deepEqual([first.items.length, rest.items.length, rest.next_cursor], [2, 1, null])

    assert.equal((await laptop.request('DELETE', `/api/v1/account/sessions/${await phone.sessionId()}`)).status, 204)
    assert.equal((await phone.request('GET', path)).status, 401)
    assert.equal((await laptop.request('DELETE', '/api/v1/account/sessions')).status, 204)
    assert.equal((await tablet.request('GET', path)).status, 401)
    assert.equal((await laptop.request('GET', path)).status, 200)
  })

  test("another person's session cannot be ended", async () => {
    const [alice, bob] = [await app.signIn('alice'), await app.signIn('bob')]
    const answer = await alice.request('DELETE', `/api/v1/account/sessions/${await bob.sessionId()}`)
    assert.deepEqual([answer.status, answer.body.code], [404, 'not_found'])
    assert.equal((await bob.request('GET', path)).status, 200)
  })

  test('the sockets of a session end with it, by 4001; those of other sessions go on', async () => {
    const [bob, other] = [await app.signIn('bob'), await app.signIn('bob')]
    const ticketOf = async (user: typeof bob) => (await user.request('POST', '/api/v1/realtime/tickets')).body.ticket
    const socket = await connectSocket(app.url, { ticket: await ticketOf(bob) })
    const kept = await connectSocket(app.url, { ticket: await ticketOf(other) })
    assert.equal((await other.request('DELETE', `/api/v1/account/sessions/${await bob.sessionId()}`)).status, 204)
    assert.equal(await socket.closed, 4001)
    assert.equal(kept.socket.readyState, kept.socket.OPEN)
    kept.socket.terminate()
  })

  test('a socket by cookie is for pages of an allowed origin', async () => {
    const carol = await app.signIn('carol')
    const cookie = `ulti_session=${carol.browser.cookie(app.url, 'ulti_session')}`
    const connect = (origin?: string) =>
      new Promise<number>((resolve) => {
        const headers = { cookie, ...(origin && { origin }) }
        const socket = new WebSocket(app.url.replace('http', 'ws').concat('/ws'), { headers })
        socket.once('unexpected-response', (_request, answer) => resolve(answer.statusCode ?? 0))
        socket.once('message', () => {
          socket.terminate()
          resolve(101)
        })
      })
    assert.deepEqual(await Promise.all([connect(), connect('https://evil.example')]), [403, 403])
    assert.deepEqual(await Promise.all([connect(app.url), connect(frontEnd)]), [101, 101])
  })

  test('the issuer is asked again before its token ends, and the session takes over what it says', async () => {
    const carol = await app.signIn('carol')
    const id = await carol.sessionId()
    const before = await sessionOf(id)
    assert.match(before.refresh_token, /^v1\.test\./)
    await query(
      "update principal set groups = '{ulti-admins}', groups_at = now() - interval '1 minute' where subject = 'carol'",
    )
    await change(id, 'refresh_at = now()')
    await eventually(async () => {
      assert.equal((await carol.request('GET', path)).status, 200)
      assert.ok(new Date((await sessionOf(id)).refresh_at).getTime() > Date.now())
    })
    assert.equal((await sessionOf(id)).refresh_claimed_until, null)
    await eventually(async () => {
      const { body } = await carol.request('GET', path)
      assert.deepEqual(body.groups, ['ulti-users'])
      assert.ok(!body.permissions.includes('admin'))
    })
  })

  test('of many requests on several nodes one asks the issuer', async (t) => {
    const node = await app.startNode()
    t.after(() => node.close())
    const bob = await app.signIn('bob')
    const id = await bob.sessionId()
    await change(id, "refresh_at = now() - interval '10 minutes'")
    const cookie = { cookie: `ulti_session=${bob.browser.cookie(app.url, 'ulti_session')}` }
    const ask = (at: number) => (at % 2 ? app : node).request('GET', path, { headers: cookie })
    const count = () => refreshed(app).then(async (here) => here + (await refreshed(node)))
    const countBefore = await count()
    await eventually(async () => {
      const answers = await Promise.all(Array.from({ length: 20 }, (_, at) => ask(at)))
      assert.ok(answers.every(({ status }) => status === 200))
      assert.equal((await count()) - countBefore, 1)
    })
  })

  test('a session that the issuer will not renew ends before it is answered', async () => {
    const carol = await app.signIn('carol')
    const id = await carol.sessionId()
    await revokeAtIssuer(app.issuer.url, id, (await sessionOf(id)).refresh_token)
    await change(id, "refresh_at = now() - interval '10 minutes'")
    await eventually(async () => assert.equal((await carol.request('GET', path)).status, 401))
    await isGone(id)
    const [entry] = await query(
      "select details from audit_entry where target = $1 and action = 'account.session_ended'",
      [id],
    )
    assert.deepEqual(entry.details, { reason: 'refresh_refused' })
  })

  test('a session lasts as long as its lifetime, and without use as long as it may idle', async () => {
    for (const column of ['expires_at = now()', "seen_at = now() - interval '8 days'"]) {
      const bob = await app.signIn('bob')
      const id = (await query('select id from session order by created_at desc limit 1'))[0].id
      await change(id, column)
      const answer = await bob.request('GET', path)
      assert.deepEqual([answer.status, answer.body.code], [401, 'auth.expired_token'], column)
    }
  })

  test('a cookie that was altered or made up lets nobody in', async () => {
    const alice = await app.signIn('alice')
    const value = alice.browser.cookie(app.url, 'ulti_session') ?? ''
    const swapped = value.slice(0, -4) + [...value.slice(-4)].reverse().join('')
    for (const made of [
      swapped === value ? `A${value.slice(1)}` : swapped,
      value.slice(1),
      `${value}A`,
      'x',
      'A'.repeat(86),
    ]) {
      const browser = createBrowser()
      browser.setCookie(app.url, 'ulti_session', made)
      assert.equal((await browser.request(`${app.url}${path}`)).status, 401, made)
    }
  })
})

suite('browser sessions and the cache', { skip: skipWithoutRedis }, async () => {
  test('a session that ends on one node has ended on all', async (t) => {
    const redis = await startRedis()
    const app = await startSignInApp({ ULTID_CACHE_URL: redis.url })
    const node = await app.startNode()
    t.after(async () => {
      await Promise.all([node.close(), app.close()])
      await redis.close()
    })
    const [bob, other] = [await app.signIn('bob'), await app.signIn('bob')]
    const headers = { cookie: `ulti_session=${bob.browser.cookie(app.url, 'ulti_session')}` }
    assert.equal((await node.request('GET', path, { headers })).status, 200)
    assert.equal((await other.request('DELETE', `/api/v1/account/sessions/${await bob.sessionId()}`)).status, 204)
    const isOut = async () => assert.equal((await node.request('GET', path, { headers })).status, 401)
    await eventually(isOut, { timeoutMs: 1000 })
  })

  test('killing the cache and bringing it back under load signs nobody out', async (t) => {
    const redis = await startRedis()
    const app = await startSignInApp({ ULTID_CACHE_URL: redis.url })
    t.after(async () => {
      await app.close()
      await redis.close()
    })
    const users = [await app.signIn('alice'), await app.signIn('bob'), await app.signIn('carol')]
    const counts = { answered: 0 }
    let isOver = false
    const clients = users.flatMap((user) =>
      Array.from({ length: 4 }, async () => {
        while (!isOver) {
          const answer = await user.request('GET', path)
          assert.equal(answer.status, 200, JSON.stringify(answer.body))
          counts.answered++
        }
      }),
    )
    const more = (requests: number) => {
      const goal = counts.answered + requests
      return eventually(() => assert.ok(counts.answered >= goal), { timeoutMs: 30_000 })
    }
    const phases = async () => {
      await more(100)
      await redis.kill()
      await more(300)
      await redis.restart()
      await more(300)
    }
    await Promise.race([phases(), Promise.all(clients)]).finally(() => {
      isOver = true
    })
    await Promise.all(clients)
    const write = await users[0]?.request('PATCH', path, { body: { time_zone: 'Europe/Zurich' } })
    assert.equal(write?.status, 200)
  })
})

/** How many refreshes a node has counted. */
async function refreshed(node: {
  request: (method: string, path: string) => Promise<unknown>
  url: string
}): Promise<number> {
  const text = await (await fetch(`${node.url}/metrics`)).text()
  return Number(/^ultid_session_refreshes_total\{outcome="refreshed"\} (\d+)/m.exec(text)?.[1] ?? 0)
}

async function revokeAtIssuer(issuerUrl: string, sessionId: string, sealed: string): Promise<void> {
  const keyRing = createKeyRing(new Map([['test', Buffer.alloc(32, 'test key ')]]), 'test')
  const answer = await fetch(`${issuerUrl}/token/revocation`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa('ulti-backend:changeme')}` },
    body: new URLSearchParams({ token: keyRing.decrypt(sealed, `session:${sessionId}`) }),
  })
  assert.equal(answer.status, 200)
}
