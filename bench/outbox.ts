import assert from 'node:assert/strict'
import { parseArgs } from 'node:util'
import { createTransport } from 'nodemailer'
import { startPostgres } from '../sandbox/postgres.ts'
import { freePort } from '../test/harness/free-port.ts'
import { type Account, startOutboxParts } from '../test/harness/outbox-parts.ts'
import { createTempDir } from '../test/harness/temp-dir.ts'
import { median } from './harness/median.ts'
import { createRandom, createWords } from './harness/random.ts'
import { startFastSmtpSink } from './harness/smtp-sink.ts'
import { printVerdicts } from './harness/verdict.ts'

/**
 * Messages a second from the outbox to an SMTP server that costs nothing, each recorded on a PostgreSQL that survives a
 * power cut before its content leaves and after its answer; against nodemailer alone, which makes and sends the same
 * messages over as many connections and records nothing. They take turns, so that what else the machine does disturbs
 * both alike. `node bench/outbox.ts [--messages 1000] [--runs 9]`
 */
const { values } = parseArgs({
  options: { messages: { type: 'string', default: '1000' }, runs: { type: 'string', default: '9' } },
})
const count = Number(values.messages)
/** Those of the outbox; see transmissions.ts and transmitter.ts. */
const pool = { maxConnections: 3, maxMessages: 100 }

const word = createWords(createRandom(20_261_126), 3000)
const words = (many: number) => Array.from({ length: many }, word).join(' ')
const paragraphs = Array.from({ length: 12 }, () => words(30))
const letter = {
  from: { name: 'Alice Example', email: 'alice@example.test' },
  to: [{ name: 'Bob Example', email: 'bob@example.test' }],
  text: paragraphs.join('\n\n'),
  html: paragraphs.map((paragraph) => `<p style="margin:0 0 1em">${paragraph}</p>`).join('\n'),
}

const data = await createTempDir('bench-outbox')
const postgres = await startPostgres({ dataDir: data.path, port: await freePort(), isDurable: true })
process.env.ULTI_TEST_PG_URL = postgres.url('postgres')
const [sink, parts] = await Promise.all([startFastSmtpSink(), startOutboxParts()])
const login = { port: sink.port, username: 'alice@example.test', password: 'secret' }
const account = await parts.addAccount(login, login)
const node = parts.startProcess()

/** Not measured: a person has waited for it already. */
async function enqueue({ ownerId, mailAccountId }: Account): Promise<void> {
  const composition = {
    ...{ ...letter, mailAccountId, replyTo: [], cc: [], bcc: [], attachments: [], parts: [], references: [] },
    subject: words(6),
  }
  for (let done = 0; done < count; done += 100)
    await parts.transact(async (tx) => {
      for (let at = done; at < Math.min(done + 100, count); at++) await parts.sending.send(tx, { ownerId, composition })
    })
}

async function sendByOutbox(): Promise<void> {
  await node.attend(account)
  const left = await parts.database
    .selectFrom('mail_outbox')
    .where('state', '<>', 'sent')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  assert.equal(Number(left.count), 0, 'Everything was to be sent.')
}

async function sendByNodemailer(): Promise<void> {
  const transport = createTransport({
    ...{ pool: true, ...pool, host: '127.0.0.1', port: sink.port, ignoreTLS: true },
    auth: { user: login.username, pass: login.password },
  })
  const address = ({ name, email }: { name: string; email: string }) => ({ name, address: email })
  const { from, to, text, html } = letter
  const mail = { from: address(from), to: to.map(address), subject: words(6), text, html }
  await Promise.all(Array.from({ length: count }, () => transport.sendMail(mail)))
  transport.close()
}

type Measured = { rate: number; cpuMicros: number }
async function measure(send: () => Promise<void>): Promise<Measured> {
  const [before, startedAt] = [process.cpuUsage(), performance.now()]
  await send()
  const { user, system } = process.cpuUsage(before)
  return { rate: (count * 1000) / (performance.now() - startedAt), cpuMicros: (user + system) / count }
}

const [alone, outbox] = [[], []] as [alone: Measured[], outbox: Measured[]]
// The first is not counted: until both are compiled.
for (let run = 0; run <= Number(values.runs); run++) {
  await enqueue(account)
  const pair = [await measure(sendByNodemailer), await measure(sendByOutbox)] as const
  if (run === 0) continue
  alone.push(pair[0])
  outbox.push(pair[1])
}
for (const [name, all] of Object.entries({ nodemailer: alone, outbox })) {
  const [rate, cpu] = [median(all.map((one) => one.rate)), median(all.map((one) => one.cpuMicros))]
  console.log(`${name.padEnd(10)} ${Math.round(rate)} messages a second, ${cpu.toFixed(0)} µs of this process each`)
}
const ratio = (of: (nodemailer: Measured, outbox: Measured) => number) =>
  median(alone.flatMap((one, run) => (outbox[run] ? [of(one, outbox[run])] : [])))
const rates = ratio((one, other) => other.rate / one.rate)
const costs = ratio((one, other) => one.cpuMicros / other.cpuMicros)
printVerdicts('The outbox', [
  { what: "messages a second, of nodemailer's alone", measured: rates, unit: 'times', atLeast: 0.7 },
  { what: 'the same by processor time of the process', measured: costs, unit: 'times', atLeast: 0.7 },
])
await parts.close()
sink.close()
await postgres.close()
await data.remove()
