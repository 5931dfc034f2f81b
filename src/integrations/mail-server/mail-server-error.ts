import { AppError } from '#platform/errors.ts'
import type { ConnectionFault } from '#platform/network/connection-fault.ts'
import type { MailProtocol, MailServer } from './mail-server.ts'
import { tokenMechanisms, tokenResponse } from './token-login.ts'

/** What may be wrong with a mail server, in the codes that the API documents. */
export const mailServerCodes = [
  'mail.authentication_failed',
  'mail.host_unreachable',
  'mail.certificate_invalid',
  'mail.plaintext_refused',
  'mail.host_forbidden',
  'mail.server_error',
  'mail.timeout',
] as const
export type MailServerCode = (typeof mailServerCodes)[number]

export type MailServerErrorOptions = {
  /** The server's own words; shown cut, in one line, and without the credentials should it echo them. */
  words?: string | undefined
  retryAfterSeconds?: number | undefined
  cause?: unknown
}

/** Says which server failed how and what to do next. Neither message nor cause holds a credential. */
export function mailServerError(
  code: MailServerCode,
  protocol: MailProtocol,
  server: MailServer,
  options: MailServerErrorOptions = {},
): AppError {
  const words = options.words ? excerpt(options.words, server) : ''
  const sentence =
    code === 'mail.authentication_failed' && server.accessToken !== undefined ? tokenRefused : sentences[code]
  const message = sentence(`The ${protocol} server ${server.host}:${server.port}`, words && ` It said: "${words}"`)
  const { retryAfterSeconds = suggestedBackoff(options.words) } = options
  return new AppError('unprocessable', code, message, {
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    cause: options.cause instanceof Error ? strippedCause(options.cause, server) : undefined,
  })
}

const sentences: Record<MailServerCode, (server: string, words: string) => string> = {
  'mail.authentication_failed': (server, words) =>
    `${server} refused the user name or password; check both (some providers ask for an app password).${words}`,
  'mail.host_unreachable': (server) => `${server} cannot be reached; check the host name and the port.`,
  'mail.certificate_invalid': (server) =>
    `${server} has no valid certificate for this name; check the host name or ask its operator.`,
  'mail.plaintext_refused': (server, words) =>
    `${server} cannot be used without encryption; choose "tls" or, if it offers that, "starttls".${words}`,
  'mail.host_forbidden': (server) => `${server} lies in a network that mail accounts may not reach; ask your operator.`,
  'mail.server_error': (server, words) =>
    `${server} failed to answer as expected; check the port and its security, or try again later.${words}`,
  'mail.timeout': (server) => `${server} took too long to answer; check the port and its security, or try again later.`,
}

const tokenRefused = (server: string, words: string) =>
  `${server} refused the sign-in by OAuth; sign in at the provider again, with the account of this mailbox.${words}`

/** A failure below the mail protocol as the mail server's. */
export const codeOfFault: Readonly<Record<ConnectionFault, MailServerCode>> = {
  unreachable: 'mail.host_unreachable',
  timeout: 'mail.timeout',
  certificate: 'mail.certificate_invalid',
  tls: 'mail.server_error',
}

/** Exchange says in words how long it wants to be left alone: "Suggested Backoff Time: 299000 milliseconds". */
function suggestedBackoff(words: string | undefined): number | undefined {
  const [, milliseconds] = /Backoff Time[:=\s]+(\d{1,9})/i.exec(words ?? '') ?? []
  return milliseconds === undefined ? undefined : Math.ceil(Number(milliseconds) / 1000)
}

const maxExcerpt = 200

function excerpt(words: string, server: MailServer): string {
  // Control characters, line ends among them, could forge log lines.
  const line = withoutSecrets(words, server)
    .replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
  return line.length > maxExcerpt ? `${line.slice(0, maxExcerpt)}…` : line
}

const withoutSecrets = (text: string, server: MailServer): string =>
  secretsOf(server).reduce((rest, secret) => (secret ? rest.replaceAll(secret, '[hidden]') : rest), text)

/** The credential itself, and the forms in which it goes over the line. */
function secretsOf(server: MailServer): string[] {
  const inBase64 = (secret: string) => Buffer.from(secret).toString('base64')
  if (server.accessToken !== undefined) {
    const responses = tokenMechanisms.map((mechanism) => tokenResponse(mechanism, server))
    return [server.accessToken, inBase64(server.accessToken), ...responses]
  }
  const { username, password } = server
  return [password, inBase64(password), inBase64(`\0${username}\0${password}`)]
}

/** Protocol libraries hang whole commands and answers on their errors: only message, code and stack go on. */
function strippedCause(cause: Error, server: MailServer): Error {
  const stripped = new Error(excerpt(cause.message, server))
  const { code } = cause as NodeJS.ErrnoException
  return Object.assign(stripped, { name: cause.name, ...(typeof code === 'string' && { code }) })
}
