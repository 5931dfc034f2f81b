import assert from 'node:assert/strict'
import { after, before, beforeEach, suite, test } from 'node:test'
import { eventually } from '../../../../test/harness/eventually.ts'
import { type FaultProxy, startFaultProxy } from '../../../../test/harness/fault-proxy.ts'
import { type Account, type OutboxParts, startOutboxParts } from '../../../../test/harness/outbox-parts.ts'
import { type SmtpSink, startSmtpSink } from '../../../../test/harness/smtp-sink.ts'
import type { OutboxMessage } from './outbox-wire.ts'

/** How long it is tried to search a Sent folder whose server is away. */
const lookedForSeconds = 600
const nowhere = { port: 1, username: 'alice@example.test', password: 'secret' }

suite('transmissions', () => {
  let parts: OutboxParts
  let sink: SmtpSink
  let proxy: FaultProxy
  let account: Account

  before(async () => {
    parts = await startOutboxParts()
    sink = await startSmtpSink()
    proxy = await startFaultProxy({ target: sink, protocol: 'smtp' })
  })
  after(async () => {
    await parts.close()
    await proxy.close()
    await sink.close()
  })
  beforeEach(async () => {
    proxy.rules.clear()
    sink.answerToRcpt = () => undefined
    sink.answerToMessage = () => undefined
    account = await parts.addAccount(nowhere, { ...nowhere, port: proxy.port })
  })

  const arrivals = ({ message_id_header }: OutboxMessage) =>
    sink.received.filter(({ mime }) => mime.includes(message_id_header)).length
  const states = async (message: OutboxMessage) => {
    const { state, recipients } = await parts.view(account, message)
    return [state, ...recipients.map((recipient) => recipient.state)]
  }
  /** Whatever may still happen by itself within three days, in two processes. */
  const letTimePass = async () => {
    const processes = [parts.startProcess(), parts.startProcess()]
    for (let hour = 0; hour < 72; hour++) {
      await parts.pass(3600)
      await Promise.all(processes.map((process) => process.attend(account)))
    }
  }

  test('a message goes out once, however many are woken for it', async () => {
    const message = await parts.write(account)
    assert.deepEqual(await parts.queuedJobs(), [`mail.outbox_transmit:${account.mailAccountId}`])
    const processes = Array.from({ length: 4 }, () => parts.startProcess())
    await Promise.all(processes.map((process) => process.attend(account)))
    assert.deepEqual(await states(message), ['sent', 'accepted'])
    await letTimePass()
    assert.equal(arrivals(message), 1)
    const sent = await parts.view(account, message)
    assert.match(sent.last_response ?? '', /^250 2\.0\.0 queued/)
    assert.ok(sent.sent_at)
    assert.deepEqual(await parts.eventTypes(account), ['mail.message_sent'])
    assert.ok((await parts.queuedJobs()).includes(`mail.outbox_file:${account.mailAccountId}`))
  })

  test('each recipient is tried until the server has answered for good, and gets it once', async () => {
    const answers: Record<string, string | undefined> = {
      'gone@example.test': '550 5.1.1 no such user',
      'grey@example.test': '451 4.7.1 greylisted',
    }
    sink.answerToRcpt = (address) => answers[address]
    const message = await parts.write(account, 'bob@example.test', 'gone@example.test', 'grey@example.test')
    const process = parts.startProcess()
    await process.attend(account)
    assert.deepEqual(await states(message), ['queued', 'accepted', 'refused', 'queued'])
    answers['grey@example.test'] = undefined
    await parts.pass(60)
    await process.attend(account)
    assert.deepEqual(await states(message), ['sent', 'accepted', 'refused', 'accepted'])
    const envelopes = sink.received.filter(({ mime }) => mime.includes(message.message_id_header)).map(({ to }) => to)
    assert.deepEqual(envelopes, [['bob@example.test'], ['grey@example.test']])
    assert.deepEqual(await parts.eventTypes(account), ['mail.message_sent'])
  })

  test('a refusal for good fails at once, with the words of the server', async () => {
    sink.answerToMessage = () => '554 5.7.1 looks like spam'
    const message = await parts.write(account)
    await parts.startProcess().attend(account)
    assert.deepEqual(await states(message), ['failed', 'refused'])
    assert.equal((await parts.view(account, message)).last_response, '554 5.7.1 looks like spam')
    await letTimePass()
    assert.equal((await parts.view(account, message)).attempts, 1)
    assert.deepEqual(await parts.eventTypes(account), ['mail.message_send_failed'])
  })

  test('a 4yz answer is tried again, half a minute later at first, then ever more rarely, for two days', async () => {
    sink.answerToMessage = () => '451 4.3.0 later'
    const message = await parts.write(account)
    const process = parts.startProcess()
    for (const wait of [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]) {
      const before = Date.now()
      await process.attend(account)
      const next = (await parts.times(message)).nextAttemptAt
      // The wait began between then and now.
      const [least, most] = [next - Date.now(), next - before]
      assert.ok(least < wait * 1000 + 10 && most > wait * 1000 - 10, `${least} to ${most} ms, not ${wait} s`)
      await parts.pass(wait)
    }
    assert.deepEqual(await states(message), ['queued', 'queued'])
    await parts.pass(48 * 3600)
    await process.attend(account)
    assert.deepEqual(await states(message), ['failed', 'refused'])
    assert.equal((await parts.view(account, message)).recipients[0]?.response, '451 4.3.0 later')
    assert.equal(arrivals(message), 0)
  })

  test('nothing is tried before its time', async () => {
    sink.answerToMessage = () => '451 4.3.0 later'
    const message = await parts.write(account)
    const process = parts.startProcess()
    await process.attend(account)
    await process.attend(account)
    assert.equal((await parts.view(account, message)).attempts, 1)
  })

  for (const [name, rule] of [
    ['the server is away', undefined],
    ['it is cut off after RCPT TO', { from: 'client', line: /^RCPT TO/ }],
    ['it is cut off before the content', { from: 'server', line: /^354 /, moment: 'before' }],
  ] as const) {
    test(`a message is tried again when ${name}, and arrives once`, async () => {
      if (rule) proxy.rules.add({ fault: 'cut', ...rule })
      else proxy.refuse()
      const message = await parts.write(account)
      const process = parts.startProcess()
      await process.attend(account)
      await proxy.accept()
      assert.deepEqual(await states(message), ['queued', 'queued'])
      await parts.pass(60)
      await process.attend(account)
      assert.deepEqual(await states(message), ['sent', 'accepted'])
      assert.equal(arrivals(message), 1)
    })
  }

  for (const [name, rule, arrived] of [
    ['inside its content', { from: 'client', line: /^Message-ID/i }, 0],
    ['between the final dot and the answer', { from: 'server', line: /queued as/, moment: 'before' }, 1],
  ] as const) {
    test(`18: a message cut off ${name} is never sent again by itself`, async () => {
      proxy.rules.add({ fault: 'cut', ...rule })
      const message = await parts.write(account)
      await parts.startProcess().attend(account)
      assert.deepEqual(await states(message), ['transmitting', 'unknown'])
      await letTimePass()
      assert.deepEqual(await states(message), ['unknown', 'unknown'])
      assert.equal(arrivals(message), arrived)
      assert.deepEqual(await parts.eventTypes(account), ['mail.message_send_unknown'])
    })
  }

  test('a process that dies before the content leaves a message that another one sends', async () => {
    const stall = proxy.rules.add({ fault: 'stall', from: 'client', line: /^RCPT TO/ })
    const message = await parts.write(account)
    // Its timers do not fire within the test: to the others it is a process that died.
    const dying = parts.startProcess({ claimSeconds: 3600 }).attend(account)
    await eventually(() => assert.equal(stall.hits, 1))
    const heir = parts.startProcess()
    await heir.attend(account)
    assert.deepEqual(await states(message), ['queued', 'queued'], 'the claim holds')
    await parts.pass(3600)
    await heir.attend(account)
    assert.deepEqual(await states(message), ['sent', 'accepted'])
    stall.remove()
    await dying
    await letTimePass()
    assert.equal(arrivals(message), 1)
    assert.deepEqual(await parts.eventTypes(account), ['mail.message_sent'])
  })

  test('a process that dies inside the content leaves a message that nobody sends again', async () => {
    const stall = proxy.rules.add({ fault: 'stall', from: 'client', line: /^Message-ID/i })
    const message = await parts.write(account)
    const dying = parts.startProcess({ claimSeconds: 3600 }).attend(account)
    await eventually(() => assert.equal(stall.hits, 1))
    assert.deepEqual(await states(message), ['transmitting', 'queued'])
    await parts.pass(3600 + lookedForSeconds)
    await parts.startProcess().attend(account)
    assert.deepEqual(await states(message), ['unknown', 'unknown'])
    proxy.cutAll('reset')
    stall.remove()
    await dying
    await letTimePass()
    assert.equal(arrivals(message), 0)
    assert.deepEqual(await states(message), ['unknown', 'unknown'])
  })

  test('a process that dies within a long line leaves few messages of unknown fate, and nobody gets one twice', async () => {
    const messages = await Promise.all(Array.from({ length: 60 }, () => parts.write(account)))
    const isOwn = (mime: string) => messages.some(({ message_id_header }) => mime.includes(message_id_header))
    let taken = 0
    const stalls: ReturnType<typeof proxy.rules.add>[] = []
    const stall = () => proxy.rules.add({ fault: 'stall', from: 'client', line: /^Message-ID/i })
    sink.answerToMessage = (mime) => {
      if (isOwn(mime) && ++taken === 20) stalls.push(stall(), stall(), stall())
      return undefined
    }
    const dying = parts.startProcess({ claimSeconds: 3600 })
    const attending = dying.attend(account)
    await eventually(() => assert.deepEqual([stalls.length, ...stalls.map(({ hits }) => hits)], [3, 1, 1, 1]))
    await parts.pass(3600 + lookedForSeconds)
    await parts.startProcess().attend(account)
    const stopped = dying.stop()
    proxy.cutAll('reset')
    await Promise.all([attending, stopped])
    // What it still wrote down while time passed is looked after as well.
    await parts.pass(3600 + lookedForSeconds)
    await parts.startProcess().attend(account)
    const known = await Promise.all(messages.map(async (message) => (await states(message))[0]))
    assert.deepEqual(new Set(known), new Set(['sent', 'unknown']))
    assert.ok(known.filter((state) => state === 'unknown').length <= 3 + 16, known.join())
    assert.deepEqual(
      messages.map(arrivals),
      known.map((state) => (state === 'sent' ? 1 : 0)),
    )
  })

  test('a process that was only slow still tells that the server took the message', async () => {
    const stall = proxy.rules.add({ fault: 'stall', from: 'server', line: /queued as/, moment: 'before' })
    const message = await parts.write(account)
    const slow = parts.startProcess({ claimSeconds: 3600 }).attend(account)
    await eventually(() => assert.equal(stall.hits, 1))
    await parts.pass(3600 + lookedForSeconds)
    await parts.startProcess().attend(account)
    assert.deepEqual(await states(message), ['unknown', 'unknown'])
    stall.remove()
    await slow
    assert.deepEqual(await states(message), ['sent', 'accepted'])
    assert.equal(arrivals(message), 1)
    assert.deepEqual(await parts.eventTypes(account), ['mail.message_send_unknown', 'mail.message_sent'])
  })

  test('a living process keeps its claim however long the server takes', async () => {
    const stall = proxy.rules.add({ fault: 'stall', from: 'client', line: /^RCPT TO/ })
    const message = await parts.write(account)
    const slow = parts.startProcess({ claimSeconds: 3 }).attend(account)
    await eventually(() => assert.equal(stall.hits, 1))
    const first = (await parts.times(message)).claimedUntil
    const other = parts.startProcess()
    await eventually(async () => {
      await other.attend(account)
      assert.ok((await parts.times(message)).claimedUntil > first + 1500, 'renewed, and again')
    })
    stall.remove()
    await slow
    assert.equal((await parts.view(account, message)).attempts, 1)
    assert.equal(arrivals(message), 1)
  })

  test('the sweep wakes accounts with something due, and no others', async () => {
    await parts.write(account)
    await parts.startProcess().attend(account)
    const others = await Promise.all([1, 2].map(() => parts.addAccount(nowhere, { ...nowhere, port: proxy.port })))
    sink.answerToMessage = () => '451 4.3.0 later'
    const [waiting, due] = others as [Account, Account]
    await parts.write(waiting)
    await parts.startProcess().attend(waiting)
    await parts.write(due)
    await parts.forgetJobs()
    await parts.startProcess().sweep()
    const jobs = await parts.queuedJobs()
    assert.deepEqual(
      [account, waiting, due].map(({ mailAccountId }) => [
        jobs.includes(`mail.outbox_file:${mailAccountId}`),
        jobs.includes(`mail.outbox_transmit:${mailAccountId}`),
      ]),
      [
        [true, false],
        [false, false],
        [false, true],
      ],
    )
  })

  test('a message whose content is gone fails instead of being tried for ever', async () => {
    const message = await parts.write(account)
    await parts.database.updateTable('mail_outbox').set({ composition: null }).where('id', '=', message.id).execute()
    await parts.startProcess().attend(account)
    assert.deepEqual(await states(message), ['failed', 'refused'])
    assert.equal(arrivals(message), 0)
  })
})
