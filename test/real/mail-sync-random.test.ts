import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { changeByOwner, changeOnServer, createRandom } from '../fixtures/random-changes.ts'
import { type Mailbox, useMailboxes } from '../fixtures/sync-suite.ts'
import { eventually } from '../harness/eventually.ts'
import { startFaultProxy } from '../harness/fault-proxy.ts'
import { skipWithoutDovecot } from '../harness/servers.ts'

/** More of both prove more: the soak runs them with other seeds and many steps. */
const seeds = (process.env.ULTI_SOAK_SEEDS ?? '1,2').split(',').map(Number)
const steps = Number(process.env.ULTI_SOAK_STEPS ?? 40)

/** Waits for the end of a pass that is under way or to come. */
async function passed({ account }: Mailbox): Promise<void> {
  const before = (await account.state()).last_synced_at
  await eventually(async () => assert.notDeepEqual((await account.state()).last_synced_at, before))
}

suite('mail sync under random changes from both sides', { skip: skipWithoutDovecot }, () => {
  const { dovecot, mailbox: newMailbox } = useMailboxes()

  for (const seed of seeds) {
    test(`store and server are equal after ${steps} steps with cuts and dead nodes, seed ${seed}`, async (t) => {
      const mailbox = await newMailbox(`random-${seed}`)
      const random = createRandom(seed)
      for (let at = 0; at < 20; at++) await mailbox.deliver(`old ${at}`, ['INBOX', 'Archive', 'Projects'][at % 3])
      await mailbox.deliver('sent', 'Sent')
      const proxy = await startFaultProxy({ target: dovecot() })
      t.after(() => proxy.close())
      const options = { leaseSeconds: 1, timings: { graceMs: 3_000, pollMs: 300 } }
      let node = mailbox.node(options, proxy)
      await mailbox.synced()

      const other = await mailbox.client()
      for (let step = 0; step < steps; step++) {
        const kind = random.below(20)
        if (kind === 0) proxy.cutAll(random.below(2) ? 'reset' : 'close')
        else if (kind === 1) {
          await node.kill()
          node = mailbox.node(options, proxy)
        } else if (kind === 2) await passed(mailbox)
        else if (kind < 9) await changeByOwner(mailbox, node, random)
        else await changeOnServer(mailbox, other, random, step)
      }
      await eventually(async () => assert.equal(await mailbox.account.unsettled(), 0))
      await mailbox.converged()

      const created = (await mailbox.account.events('mail.message_created')).map((event) => event.data.message_id)
      assert.equal(new Set(created).size, created.length, 'a message was announced twice')
      const messages = await mailbox.account.messages()
      assert.equal(new Set(messages.map((one) => one.message_id)).size, messages.length)
    })
  }
})
