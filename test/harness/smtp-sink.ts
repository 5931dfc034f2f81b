import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'

export type ReceivedMail = { from: string; to: string[]; mime: string }

/** An SMTP server that keeps what it accepts. */
export type SmtpSink = {
  host: string
  port: number
  /** Each message that was answered with 250, in order. */
  readonly received: readonly ReceivedMail[]
  /** The answer to RCPT TO; undefined accepts. To be set by tests. */
  answerToRcpt: (address: string) => string | undefined
  /** The answer to a whole message; undefined accepts. */
  answerToMessage: (mime: string) => string | undefined
  close(): Promise<void>
}

export type SmtpSinkOptions = Pick<
  SMTPServerOptions,
  'secure' | 'key' | 'cert' | 'hideSTARTTLS' | 'hideDSN' | 'size'
> & {
  username?: string
  password?: string
  /** Takes access tokens instead of passwords; XOAUTH2. */
  acceptsToken?: (username: string, token: string) => boolean
  /** Runs before a message is answered with 250, as a server's delivery does. */
  deliver?: (mail: ReceivedMail) => Promise<void>
}

/** Plain text by default, without STARTTLS unless `hideSTARTTLS` is false; signs in `alice@example.test` / `secret`. */
export async function startSmtpSink(options: SmtpSinkOptions = {}): Promise<SmtpSink> {
  const { username = 'alice@example.test', password = 'secret', acceptsToken, deliver, ...settings } = options
  const received: ReceivedMail[] = []
  const sink = {
    answerToRcpt: (_address: string): string | undefined => undefined,
    answerToMessage: (_mime: string): string | undefined => undefined,
  }
  const server = new SMTPServer({
    hideSTARTTLS: true,
    // Hidden is not refused: nobody is to upgrade unless a test wants it.
    disabledCommands: settings.hideSTARTTLS === false ? [] : ['STARTTLS'],
    allowInsecureAuth: true,
    disableReverseLookup: true,
    ...(acceptsToken && { authMethods: ['XOAUTH2'] }),
    ...settings,
    onAuth: ({ username: user = '', password: given, accessToken }, _session, done) => {
      if (acceptsToken?.(user, accessToken ?? '')) return done(null, { user })
      // Google's way: a challenge with the reason, then the refusal.
      if (acceptsToken) return done(null, { data: { status: '401', schemes: 'bearer' } })
      if (user === username && given === password) return done(null, { user })
      done(answering(`535 5.7.8 Bad credentials for ${user}: ${given}`))
    },
    onRcptTo: ({ address }, _session, done) => done(answering(sink.answerToRcpt(address))),
    onData: (stream, { envelope }, done) => {
      const take = async () => {
        const mime = (await buffer(stream)).toString('latin1')
        const refusal = answering(sink.answerToMessage(mime))
        if (refusal) throw refusal
        const from = envelope.mailFrom ? envelope.mailFrom.address : ''
        const mail = { from, to: envelope.rcptTo.map(({ address }) => address), mime }
        received.push(mail)
        await deliver?.(mail)
        return `2.0.0 queued as ${received.length}`
      }
      take().then((answer) => done(null, answer), done)
    },
  })
  // Clients that are cut off are what these tests are about.
  server.on('error', () => undefined)
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  return Object.assign(sink, {
    host: '127.0.0.1',
    port: (server.server.address() as AddressInfo).port,
    received,
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  })
}

/** `451 4.3.0 words` as smtp-server wants it. */
function answering(answer: string | undefined): (Error & { responseCode: number }) | null {
  if (answer === undefined) return null
  return Object.assign(new Error(answer.slice(4)), { responseCode: Number(answer.slice(0, 3)) })
}
