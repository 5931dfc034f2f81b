import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { sql } from 'kysely'
import { type Installation, startInstallation } from '../fixtures/installation.ts'
import { type MailServers, startMailServers } from '../fixtures/mail-servers.ts'
import { eventually } from '../harness/eventually.ts'
import { type FaultProxy, startFaultProxy } from '../harness/fault-proxy.ts'
import type { Rule } from '../harness/fault-rules.ts'
import type { Ultid } from '../harness/processes.ts'
import { skipWithoutDovecot } from '../harness/servers.ts'

type Sent = { id: string; state: string; message_id_header: string; attempts: number }

/** Where the process dies, and what must be known of the message in the end. */
type Death = {
  phase: string
  over: 'imap' | 'smtp'
  rule: Rule
  /** The state that the dead process left behind. */
  left: string[]
  outcome: string[]
  accepted: number
}

// A stall holds the process at that point until it is killed, and holds back for ever what it had said by then.
const deaths: Death[] = [
  {
    phase: 'before MAIL FROM',
    over: 'smtp',
    rule: { fault: 'stall', from: 'client', line: /^MAIL FROM/, moment: 'before' },
    left: ['queued'],
    outcome: ['sent'],
    accepted: 1,
  },
  {
    phase: 'after RCPT TO',
    over: 'smtp',
    rule: { fault: 'stall', from: 'client', line: /^RCPT TO/ },
    left: ['queued'],
    outcome: ['sent'],
    accepted: 1,
  },
  {
    phase: 'inside of DATA',
    over: 'smtp',
    rule: { fault: 'stall', from: 'client', line: /^Subject:/ },
    left: ['transmitting'],
    outcome: ['unknown'],
    accepted: 0,
  },
  {
    phase: 'after the final dot',
    over: 'smtp',
    rule: { fault: 'stall', from: 'client', line: /^\.$/ },
    left: ['transmitting'],
    outcome: ['unknown'],
    accepted: 1,
  },
  {
    phase: 'on hearing 250',
    over: 'smtp',
    rule: { fault: 'stall', from: 'server', line: /^250 .*queued as/ },
    left: ['transmitting', 'sent'],
    outcome: ['unknown', 'sent'],
    accepted: 1,
  },
  {
    phase: 'before the copy for Sent',
    over: 'imap',
    rule: { fault: 'stall', from: 'client', line: /^\S+ APPEND/, moment: 'before' },
    left: ['sent'],
    outcome: ['sent'],
    accepted: 1,
  },
  {
    phase: 'after the copy for Sent',
    over: 'imap',
    rule: { fault: 'stall', from: 'server', line: /^\S+ OK .*Append completed/, moment: 'before' },
    left: ['sent'],
    outcome: ['sent'],
    accepted: 1,
  },
]

suite('kill -9 of ultid while it sends', { skip: skipWithoutDovecot }, () => {
  let servers: MailServers
  let installation: Installation
  let proxies: Record<Death['over'], FaultProxy>

  before(async () => {
    servers = await startMailServers()
    installation = await startInstallation({ ULTID_LEASE_SECONDS: '2' })
    proxies = {
      imap: await startFaultProxy({ target: servers.dovecot }),
      smtp: await startFaultProxy({ target: servers.smtp, protocol: 'smtp' }),
    }
  })
  after(async () => {
    await installation.close()
    await Promise.all([proxies.imap.close(), proxies.smtp.close()])
    await servers.close()
  })

  const send = (node: Ultid, mailAccountId: string, subject: string) =>
    installation.person('sender', node).call<Sent>(202, 'POST', '/api/v1/mail/messages', {
      body: {
        ...{ mail_account_id: mailAccountId, to: [{ email: 'friend@example.test' }], subject, text: subject },
        undo_seconds: 0,
      },
    })
  const view = (node: Ultid, { id }: Sent) => installation.person('sender', node).get<Sent>(`/api/v1/mail/outbox/${id}`)
  const stateInStore = async ({ id }: Sent) =>
    (await installation.database.selectFrom('mail_outbox').select('state').where('id', '=', id).executeTakeFirst())
      ?.state
  /** What a dead process left waits until all have died: the next one is to be killed over a message of its own. */
  const hold = () => sql`update mail_outbox set next_attempt_at = 'infinity'`.execute(installation.database)
  /** Now the claims of all that died have lapsed. */
  const release = () =>
    sql`update mail_outbox set next_attempt_at = now(), claimed_until = least(claimed_until, now())`.execute(
      installation.database,
    )

  async function dieWhileSending(death: Death, mailAccountId: string): Promise<Sent> {
    const node = await installation.node()
    const proxy = proxies[death.over]
    const rule = proxy.rules.add(death.rule)
    const message = await send(node, mailAccountId, `killed ${death.phase}`)
    await eventually(() => assert.equal(rule.hits, 1, `nothing got as far as ${death.phase}`), { everyMs: 1 })
    // Whatever the servers have by now they finish: the answer just finds nobody.
    if (death.accepted > 0 && death.left[0] === 'transmitting') {
      await eventually(() => assert.equal(servers.accepted(message.message_id_header).length, 1), { everyMs: 1 })
    }
    await node.kill('SIGKILL')
    await hold()
    const state = await stateInStore(message)
    assert(death.left.includes(state ?? ''), `${death.phase} left ${state}`)
    return message
  }

  test('18: nothing is sent twice, what cannot have left is sent, and what may have left is told as unknown', async () => {
    const user = servers.dovecot.user('sender')
    const { imap, smtp } = proxies
    const first = await installation.node({ roles: ['api', 'sync'] })
    const sender = installation.person('sender', first)
    const account = await sender.connect(servers.accountOf(user, { imap: at(imap), smtp: at(smtp) }))
    await sender.synced(account)
    const waiting = await send(first, account.id, 'killed before any claim')
    await first.kill('SIGKILL')
    await hold()

    const killed: [Death, Sent][] = []
    for (const death of deaths) killed.push([death, await dieWhileSending(death, account.id)])
    await release()
    const last = await installation.node()
    const { events } = await installation.person('sender', last).socket()
    assert.equal((await eventually(() => settled(last, waiting))).state, 'sent')
    for (const [{ phase, outcome, accepted }, message] of killed) {
      const { state } = await eventually(() => settled(last, message))
      assert(outcome.includes(state), `${phase} became ${state}`)
      assert.equal(servers.accepted(message.message_id_header).length, accepted, phase)
    }
    for (const message of [waiting, ...killed.map(([, one]) => one)]) {
      const { state } = await view(last, message)
      const copies = state === 'sent' ? 1 : 0
      await eventually(async () => {
        assert.equal(await servers.count(user, 'Sent', message.message_id_header), copies, message.id)
      })
      assert.equal(
        await servers.count(servers.dovecot.user('friend'), 'INBOX', message.message_id_header),
        acceptedOf(message),
      )
    }
    const unknown = events().filter(({ type }) => type === 'mail.message_send_unknown')
    assert(unknown.length <= 3)
    await last.kill()
    // Neither its end nor anything that was due later sent anything again.
    for (const [{ accepted }, message] of killed) assert.equal(acceptedOf(message), accepted)
    assert.equal(acceptedOf(waiting), 1)
  })

  const acceptedOf = ({ message_id_header }: Sent) => servers.accepted(message_id_header).length

  async function settled(node: Ultid, message: Sent): Promise<Sent> {
    const shown = await view(node, message)
    assert(!['queued', 'transmitting'].includes(shown.state), `It is still ${shown.state}.`)
    return shown
  }

  test('18: a message found transmitting is sent when its server has filed it in Sent by itself', async () => {
    const user = servers.dovecot.user('filed')
    const node = await installation.node()
    const person = installation.person('sender', node)
    const account = await person.connect(servers.accountOf(user, { smtp: at(proxies.smtp) }))
    await person.synced(account)
    proxies.smtp.rules.add({ fault: 'stall', from: 'client', line: /^\.$/ })
    const message = await send(node, account.id, 'filed by the server')
    const [accepted] = await eventually(() => {
      const found = servers.accepted(message.message_id_header)
      assert.equal(found.length, 1)
      return found
    })
    await node.kill('SIGKILL')
    await servers.dovecot.deliver(user, Buffer.from(accepted?.mime ?? '', 'latin1'), 'Sent')
    await release()
    const next = await installation.node()
    assert.equal((await eventually(() => settled(next, message))).state, 'sent')
    await next.kill()
    assert.equal(await servers.count(user, 'Sent', message.message_id_header), 1)
    assert.equal(acceptedOf(message), 1)
  })
})

const at = ({ host, port }: FaultProxy) => ({ host, port })
