import { isOpen, type Reply } from '../soak-client.ts'
import { addressOf, type World } from '../world.ts'
import { type Act, createLedger, type SoakUser } from './act.ts'

type Message = { id: string; subject: string; folder_id: string; is_read: boolean; is_starred: boolean }
export type SentBySoak = { subject: string; to: string; outboxId: string | undefined }
export type MailUserActs = Awaited<ReturnType<typeof createMailActs>>

/** Connects the mailbox of a user, and then writes, reads, marks and moves mail in it. */
export async function createMailActs(world: World, { name, client, random, others }: SoakUser) {
  const user = world.dovecot.user(name)
  const place = (proxy: { port: number }) => ({ host: '127.0.0.1', port: proxy.port, security: 'none', ...user })
  const connected = await client.ask('mail: connect', 'POST', '/api/v1/mail/accounts', {
    body: { email: user.username, imap: place(world.proxies.imap), smtp: place(world.proxies.smtp) },
  })
  if (connected.status !== 201) throw new Error(`${name} was not connected: ${JSON.stringify(connected.body)}`)
  const accountId: string = connected.body.id
  const sent: SentBySoak[] = []
  /** Mail of others, filed by their servers. */
  const delivered: string[] = []
  const drafts = createLedger()
  let count = 0

  async function send(): Promise<void> {
    const to = random.pick(others) ?? name
    const subject = `from ${name} number ${++count}`
    const attachments = random.below(4) === 0 ? await upload() : []
    const note: SentBySoak = { subject, to, outboxId: undefined }
    sent.push(note)
    const body = {
      ...{ mail_account_id: accountId, to: [{ email: addressOf(to) }], subject, undo_seconds: 0 },
      ...{ text: `The text of ${subject}.`, attachments },
    }
    const reply = await client.ask('mail: send', 'POST', '/api/v1/mail/messages', { body })
    if (reply.status === 202) note.outboxId = reply.body.id
  }

  async function upload(): Promise<{ upload_id: string }[]> {
    const bytes = Buffer.alloc(10_000 + random.below(90_000), `${name} ${count}`)
    const reply = await client.ask('mail: upload', 'POST', `/api/v1/mail/uploads/content?filename=${count}.bin`, {
      bytes,
    })
    return reply.status === 201 ? [{ upload_id: reply.body.id }] : []
  }

  async function receive(): Promise<void> {
    const subject = `to ${name} number ${++count}`
    const mime = `From: Far <far@elsewhere.test>\nTo: ${addressOf(name)}\nSubject: ${subject}\n`
    const head = `${mime}Message-ID: <${name}-${count}@elsewhere.test>\nDate: Fri, 27 Nov 2026 10:00:00 +0000\n\n`
    await world.dovecot.deliver(user, `${head}${'words '.repeat(random.below(300))}\n`)
    delivered.push(subject)
  }

  async function list(): Promise<Message[]> {
    const reply = await client.ask('mail: list', 'GET', '/api/v1/mail/messages?role=inbox&limit=50')
    return reply.status === 200 ? reply.body.items : []
  }

  async function read(): Promise<void> {
    const message = random.pick(await list())
    if (message) await client.ask('mail: read', 'GET', `/api/v1/mail/messages/${message.id}`)
  }

  async function mark(): Promise<void> {
    const message = random.pick(await list())
    if (!message) return
    const body = random.below(2) ? { is_read: !message.is_read } : { is_starred: !message.is_starred }
    await client.ask('mail: mark', 'PATCH', `/api/v1/mail/messages/${message.id}`, { body })
  }

  async function move(): Promise<void> {
    const messages = (await list()).slice(0, 3)
    if (messages.length === 0) return
    const body = {
      action: random.pick(['archive', 'trash', 'star', 'read']),
      message_ids: messages.map(({ id }) => id),
    }
    await client.ask('mail: act', 'POST', '/api/v1/mail/acts', { body })
  }

  async function draft(): Promise<void> {
    const text = `Draft ${++count} of ${name}`
    const body = { mail_account_id: accountId, subject: text, text }
    const made = await client.ask('mail: draft', 'POST', '/api/v1/mail/drafts', { body })
    if (made.status !== 201) return
    drafts.is(made.body.id, text)
    const changed = `${text}, changed`
    const saved: Reply = await client.ask('mail: draft', 'PATCH', `/api/v1/mail/drafts/${made.body.id}`, {
      ...{ body: { text: changed }, headers: { 'if-match': made.body.etag } },
    })
    // 412 on a second attempt: the first one was done, and its answer lost.
    if (saved.status === 200) drafts.is(made.body.id, changed)
    else if (isOpen(saved) || saved.status === 412) drafts.mayBe(made.body.id, changed)
  }

  const acts: Act[] = [
    { weight: 5, run: send },
    { weight: 4, run: receive },
    { weight: 5, run: read },
    { weight: 4, run: mark },
    { weight: 3, run: move },
    { weight: 2, run: draft },
  ]
  return { acts, accountId, user, sent, delivered, drafts }
}
