import { isIP } from 'node:net'
import SMTPConnection from 'nodemailer/lib/smtp-connection'
import type { MailServer } from '#integrations/mail-server/mail-server.ts'
import { mailServerError } from '#integrations/mail-server/mail-server-error.ts'
import { createSmtpChannel, type SmtpChannel } from './smtp-channel.ts'
import { type SmtpError, toSmtpError } from './smtp-error.ts'
import { extensionsOf, type SmtpExtensions } from './smtp-message.ts'
import { tokenHandlers, tokenMethodOf } from './smtp-token-login.ts'

/** A signed-in connection that waits for MAIL FROM. */
export type SignedIn = { channel: SmtpChannel; extensions: SmtpExtensions }

const setupTimeoutMs = 10_000
/** RFC 5321 §4.5.3.2.6: the answer to a message's end may take ten minutes; giving up sooner makes its fate unknown. */
const socketTimeoutMs = 600_000
const loginTimeoutMs = 30_000

/**
 * Connects to `address`, the checked one of `server.host`, and signs in.
 * @throws AppError, its code one of `mailServerCodes`.
 */
export async function signIn(server: MailServer, address: string): Promise<SignedIn> {
  const connection = new SMTPConnection(connectionOptions(server, address))
  const failure = Promise.withResolvers<never>()
  // Stays for the connection's life: an error nobody waits for must not end the process.
  connection.on('error', failure.reject)
  failure.promise.catch(() => {})
  const timer = setTimeout(() => failure.reject(mailServerError('mail.timeout', 'SMTP', server)), loginTimeoutMs)
  try {
    await Promise.race([connect(connection), failure.promise])
    const extensions = extensionsOf(connection.lastServerResponse || '')
    if (!connection.allowsAuth) throw withoutAuth(server, extensions)
    await Promise.race([login(connection, server), failure.promise])
    return { channel: createSmtpChannel(connection), extensions }
  } catch (error) {
    connection.options.socketCloseTimeout = 0
    connection.close()
    throw toSmtpError(error, server)
  } finally {
    clearTimeout(timer)
  }
}

function connectionOptions(server: MailServer, address: string): SMTPConnection.Options {
  return {
    host: address,
    port: server.port,
    secure: server.security === 'tls',
    requireTLS: server.security === 'starttls',
    ignoreTLS: server.security === 'none',
    // An address is verified by its IP SAN and has no SNI (RFC 6066 §3).
    ...(isIP(server.host) === 0 && { servername: server.host }),
    connectionTimeout: setupTimeoutMs,
    greetingTimeout: setupTimeoutMs,
    socketTimeout: socketTimeoutMs,
    maxResponseSize: 64 * 1024,
    logger: false,
    ...(server.accessToken !== undefined && { customAuth: tokenHandlers(server) }),
  }
}

const connect = (connection: SMTPConnection): Promise<void> =>
  new Promise((resolve, reject) => connection.connect((error) => (error ? reject(error) : resolve())))

async function login(connection: SMTPConnection, server: MailServer): Promise<void> {
  const method = server.accessToken === undefined ? undefined : tokenMethodOf(connection.lastServerResponse)
  if (server.accessToken !== undefined && !method) throw withoutTokens(server)
  const credentials = { user: server.username, pass: server.accessToken ?? server.password, ...(method && { method }) }
  await new Promise<void>((resolve, reject) => {
    const done = (error: SmtpError | null) => (error ? reject(error) : resolve())
    connection.login(credentials, done)
  })
}

/** A server that wants encryption first hides AUTH until then (RFC 4954 §4). */
const withoutAuth = (server: MailServer, extensions: SmtpExtensions) =>
  extensions.has('STARTTLS')
    ? mailServerError('mail.plaintext_refused', 'SMTP', server)
    : mailServerError('mail.server_error', 'SMTP', server, { words: 'no way to sign in (AUTH) is offered' })

const withoutTokens = (server: MailServer) =>
  mailServerError('mail.server_error', 'SMTP', server, { words: 'no way to sign in by OAuth is offered' })
