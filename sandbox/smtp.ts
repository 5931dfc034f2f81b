import { randomBytes } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { SMTPServer, type SMTPServerSession } from 'smtp-server'
import { composeBounce } from './bounce.ts'
import { type DemoUser, findUser, findUserByEmail } from './users.ts'

export type SmtpOptions = {
  port: number
  /** Puts a message into the user's INBOX. */
  deliver: (user: DemoUser, raw: Buffer) => void
  /** 25 MiB unless given, announced by SIZE (RFC 1870). */
  maxBytes?: number
}

/**
 * A submission server on 127.0.0.1 without TLS for the demo users (AUTH PLAIN and LOGIN). What is meant for one of them
 * is in their INBOX when the client gets its 250; any other address is answered by a bounce in the sender's INBOX.
 */
export async function startSmtp({ port, deliver, maxBytes = 26_214_400 }: SmtpOptions) {
  const server = new SMTPServer({
    name: 'sandbox.ulti.example',
    banner: 'Ulti sandbox',
    size: maxBytes,
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    authMethods: ['PLAIN', 'LOGIN'],
    disableReverseLookup: true,
    closeTimeout: 1000,
    onAuth({ username = '', password }, _session, done) {
      const user = findUser(username)
      if (user && user.mailPassword === password) done(null, { user: user.name })
      else done(replyError(535, '5.7.8 Wrong user name or password'))
    },
    onMailFrom({ args }, _session, done) {
      const size = args && 'SIZE' in args ? Number(args.SIZE) : 0
      done(size > maxBytes ? tooLarge(maxBytes) : null)
    },
    async onData(stream, session, done) {
      const raw = await buffer(stream)
      if (stream.sizeExceeded) return done(tooLarge(maxBytes))
      const id = accept(session, raw, deliver)
      // smtp-server takes the text of the 250 as second argument, whatever its types say.
      return (done as (error: null, message: string) => void)(null, `2.0.0 Accepted as ${id}`)
    },
  })
  // A client that breaks off is no fault of ours; without a listener it would end the process.
  server.on('error', () => {})
  server.server.on('connection', (socket) => socket.setNoDelay(true))
  await new Promise<void>((resolve, reject) => {
    server.server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  return { close: () => new Promise<void>((resolve) => server.close(resolve)) }
}

/** Returns the id that the message has in its Received fields. */
function accept(session: SMTPServerSession, raw: Buffer, deliver: SmtpOptions['deliver']): string {
  const id = randomBytes(6).toString('hex')
  const now = new Date()
  const { mailFrom, rcptTo } = session.envelope
  const addresses = rcptTo.map(({ address }) => address)
  const returnPath = mailFrom ? mailFrom.address : ''
  for (const address of addresses) {
    const user = findUserByEmail(address)
    if (user) deliver(user, Buffer.concat([trace({ session, id, address, returnPath, now }), raw]))
  }
  const unknown = addresses.filter((address) => !findUserByEmail(address))
  const sender = findUser(session.user ?? '')
  // No bounce for a bounce (RFC 5321 §6.1).
  if (unknown.length && sender && returnPath) {
    deliver(sender, composeBounce({ to: returnPath, recipients: unknown, raw, now }))
  }
  return id
}

type Trace = { session: SMTPServerSession; id: string; address: string; returnPath: string; now: Date }

/** Return-Path and Received (RFC 5321 §4.4). */
function trace({ session, id, address, returnPath, now }: Trace): Buffer {
  const lines = [
    `Return-Path: <${returnPath}>`,
    `Received: from ${session.hostNameAppearsAs || 'localhost'} ([${session.remoteAddress}])`,
    `\tby sandbox.ulti.example with ${session.transmissionType} id ${id}`,
    `\tfor <${address}>; ${now.toUTCString().replace('GMT', '+0000')}`,
  ]
  return Buffer.from(`${lines.join('\r\n')}\r\n`)
}

const tooLarge = (maxBytes: number) => replyError(552, `5.3.4 Message is larger than ${maxBytes} bytes`)

const replyError = (responseCode: number, message: string) => Object.assign(new Error(message), { responseCode })
