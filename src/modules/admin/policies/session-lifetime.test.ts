import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { eventually } from '../../../../test/harness/eventually.ts'
import { startSignInApp } from '../../../../test/harness/sign-in.ts'

suite('how long a browser stays signed in', async () => {
  const app = await startSignInApp()
  after(() => app.close())
  const hour = 3_600_000

  /** What is left of a new session of alice. */
  async function lifetime() {
    const browser = await app.signIn('alice')
    const id = await browser.sessionId()
    const [session] = await app.query('select expires_at, created_at from session where id = $1', [id])
    return { ms: session.expires_at.getTime() - session.created_at.getTime() }
  }
  const setPolicies = (policies: object) =>
    app.query(
      `insert into installation_setting (owner_id, key, value, version)
        values ('00000000-0000-0000-0000-000000000000', 'policies', $1, gen_random_uuid())
        on conflict (owner_id, key) do update set value = excluded.value`,
      [JSON.stringify(policies)],
    )

  test('is what policy says where that is shorter than what is configured, and never longer', async () => {
    const configured = (await lifetime()).ms
    assert.ok(configured > 3 * hour)
    await setPolicies({ everybody: { session_hours: 2 }, groups: [] })
    // Nodes read what administrators set every five seconds.
    await eventually(
      async () => {
        const { ms } = await lifetime()
        assert.ok(Math.abs(ms - 2 * hour) < hour / 10, String(ms))
      },
      { timeoutMs: 30_000 },
    )
    await setPolicies({ everybody: { session_hours: 8760 }, groups: [] })
    await eventually(async () => assert.ok(Math.abs((await lifetime()).ms - configured) < hour / 10), {
      timeoutMs: 30_000,
    })
  })
})
