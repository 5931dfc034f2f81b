import assert from 'node:assert/strict'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { sql } from 'kysely'
import { copyAccount } from '../fixtures/mailbox-rows.ts'
import { type Mailbox, useMailboxes } from '../fixtures/sync-suite.ts'
import { eventually } from '../harness/eventually.ts'
import { spawnOwned } from '../harness/owned-process.ts'
import { skipWithoutDovecot } from '../harness/servers.ts'
import { startStopwatch } from '../harness/stopwatch.ts'

const script = join(import.meta.dirname, '../harness/sync-node-process.ts')
/** More prove more: the soak has 200. */
const accounts = Number(process.env.ULTI_SOAK_ACCOUNTS ?? 12)
const patience = { timeoutMs: 60_000 + 1_000 * accounts, everyMs: 100 }

suite('nodes that share many mail accounts', { skip: skipWithoutDovecot }, () => {
  const { dovecot, mailbox } = useMailboxes()

  /** The accounts that each node holds, by its id. */
  async function holdings({ database }: Mailbox): Promise<Map<string, number>> {
    const { rows } = await sql<{ node_id: string; count: number }>`
      select node_id, count(*)::int as count from mail_lease
      where expires_at > clock_timestamp() and node_id is not null group by node_id`.execute(database)
    return new Map(rows.map(({ node_id, count }) => [node_id, count]))
  }

  async function assertSynced({ database }: Mailbox): Promise<void> {
    const synced = await database
      .selectFrom('mail_account')
      .select('id')
      .where('last_synced_at', 'is not', null)
      .execute()
    assert.equal(synced.length, accounts)
  }

  /** How often each account was told of a message with this subject. */
  async function tellings({ database }: Mailbox, subject: string): Promise<number[]> {
    const { rows } = await sql<{ count: number }>`
      select count(*)::int as count from event
      where type = 'mail.message_created' and data ->> 'subject' = ${subject}
      group by data ->> 'mail_account_id'`.execute(database)
    return rows.map(({ count }) => count)
  }

  test('all accounts of a node that is killed are taken over within one lease time + 5 s, and tell nothing twice', async (t) => {
    const many = await mailbox('killed-with-many')
    await copyAccount(many.database, many, accounts - 1)
    const server = { host: dovecot().host, port: dovecot().port, ...many.user }
    const dying = await spawnOwned(process.execPath, [script, many.databaseUrl, JSON.stringify(server)])
    t.after(() => dying.kill('SIGKILL'))
    await eventually(() => assertSynced(many), patience)
    await many.deliver('before')
    await eventually(async () => assert.equal((await tellings(many, 'before')).length, accounts), patience)

    const survivor = many.node({ leaseSeconds: 1 })
    await many.deliver('meanwhile')
    await dying.kill('SIGKILL')
    const sinceDeath = startStopwatch()
    await eventually(async () => assert.equal((await holdings(many)).get(survivor.nodeId), accounts), patience)
    const took = sinceDeath.elapsedMs()
    assert(took < 1_000 + 5_000, `It took ${Math.round(took)} ms.`)
    await many.deliver('after')
    for (const subject of ['before', 'meanwhile', 'after']) {
      const once = Array.from({ length: accounts }, () => 1)
      await eventually(async () => assert.deepEqual(await tellings(many, subject), once, subject), patience)
    }
  })

  test('a node that is added gets its share little by little, and tells nothing twice', async () => {
    const many = await mailbox('shared-out')
    await copyAccount(many.database, many, accounts - 1)
    const join = async ({ nodeId }: { nodeId: string }) => {
      await many.database
        .insertInto('node')
        .values({ id: nodeId, host: 'test', roles: ['sync'] })
        .execute()
    }
    // IDLE tells them what is new: what is to be busy here is not this process.
    const options = { leaseSeconds: 3, timings: { pollMs: 10_000 } }
    const first = many.node(options)
    await join(first)
    await eventually(() => assertSynced(many), patience)
    const second = many.node(options)
    await join(second)
    const half = accounts / 2
    await eventually(async () => {
      const held = await holdings(many)
      for (const { nodeId } of [first, second]) assert(Math.abs((held.get(nodeId) ?? 0) - half) <= 1 + 0.1 * half)
    }, patience)
    await many.deliver('shared')
    await eventually(async () => {
      assert.deepEqual(
        await tellings(many, 'shared'),
        Array.from({ length: accounts }, () => 1),
      )
    }, patience)
  })
})
