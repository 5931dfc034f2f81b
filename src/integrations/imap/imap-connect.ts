import { isIP } from 'node:net'
import { ImapFlow, type ImapFlowOptions } from 'imapflow'
import type { MailServer } from '#integrations/mail-server/mail-server.ts'
import { mailServerError } from '#integrations/mail-server/mail-server-error.ts'
import { withRenewal } from '#integrations/mail-server/token-login.ts'
import type { HostGuard } from '#platform/network/host-guard.ts'
import type { Logger } from '#platform/observability/log.ts'
import { toImapError } from './imap-error.ts'
import { createThrottleWatch, type ThrottleWatch } from './imap-throttle.ts'
import { profileOf } from './provider-profiles.ts'

type ImapConnectOptions = {
  /** Ends the attempt; `connect` then rejects with the signal's reason. */
  signal?: AbortSignal
  /** A short-lived connection that fetches and goes: no QRESYNC, and it gives up sooner on a silent server. */
  isForDownloads?: boolean
}

/**
 * Answers a signed-in connection whose errors are listened to, so that none can end the process; `close` tells of its
 * end. It never starts IDLE by itself: call `idle()`, which it breaks and re-issues as often as the provider wants.
 * @throws AppError of kind `unprocessable`, its code one of `mailServerCodes`; `retryAfterSeconds` when the server said.
 * What `renewAccessToken` throws. Closed by itself when the server throttles it: `throttleReasonOf` tells.
 */
export type ImapConnect = (server: MailServer, options?: ImapConnectOptions) => Promise<ImapFlow>

const connectTimeoutMs = 10_000
/** All of it, sign-in included: Dovecot lets a wrong password wait for up to 15 s. */
const deadlineMs = 30_000

export function createImapConnect(deps: {
  guard: HostGuard
  log: Logger
  isPlaintextAllowed: boolean
  greetingTimeoutMs?: number
  /** How long a server may say nothing at all before its connection counts as lost; shorter for downloads. */
  silenceMs?: number
}): ImapConnect {
  const { greetingTimeoutMs = 10_000, silenceMs = 300_000 } = deps
  const connect = async (server: MailServer, options: ImapConnectOptions): Promise<ImapFlow> => {
    const { signal } = options
    signal?.throwIfAborted()
    if (server.security === 'none' && !deps.isPlaintextAllowed) {
      throw mailServerError('mail.plaintext_refused', 'IMAP', server)
    }
    const { address } = await deps.guard.check(server.host).catch((error) => {
      throw toImapError(error, server)
    })
    signal?.throwIfAborted()
    const throttle = createThrottleWatch(server)
    const client = new ImapFlow({
      ...connectionOptions(server, address, options),
      greetingTimeout: greetingTimeoutMs,
      socketTimeout: options.isForDownloads ? Math.min(silenceMs, 60_000) : silenceMs,
      logger: throttle.logger,
    })
    client.on('error', (error) => deps.log.debug({ host: server.host, err: toImapError(error, server) }, 'IMAP lost'))
    const connected = await withDeadline(client, server, { signal, throttle })
    throttle.guard(connected)
    if (!profileOf(server.host).hasIdle) connected.capabilities.delete('IDLE')
    return connected
  }
  return (server, options = {}) => withRenewal(server, (renewed) => connect(renewed, options))
}

async function withDeadline(
  client: ImapFlow,
  server: MailServer,
  { signal, throttle }: { signal: AbortSignal | undefined; throttle: ThrottleWatch },
): Promise<ImapFlow> {
  let interruption: unknown
  const interrupt = (reason: unknown) => {
    interruption ??= reason
    client.close()
  }
  const onAbort = () => interrupt(signal?.reason)
  const timer = setTimeout(() => interrupt(mailServerError('mail.timeout', 'IMAP', server)), deadlineMs)
  signal?.addEventListener('abort', onAbort)
  throttle.onThrottled = interrupt
  try {
    await client.connect()
    return client
  } catch (error) {
    client.close()
    throw interruption ?? toImapError(error, server)
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', onAbort)
  }
}

function connectionOptions(
  server: MailServer,
  address: string,
  { isForDownloads = false }: ImapConnectOptions,
): ImapFlowOptions {
  const { hasQresync, maxIdleMs } = profileOf(server.host)
  return {
    host: address,
    port: server.port,
    secure: server.security === 'tls',
    doSTARTTLS: server.security === 'starttls',
    // An address is verified by its IP SAN and has no SNI (RFC 6066 §3).
    ...(isIP(server.host) === 0 && { servername: server.host }),
    auth: loginOf(server),
    clientInfo: { name: 'Ulti' },
    connectionTimeout: connectTimeoutMs,
    qresync: hasQresync && !isForDownloads,
    disableAutoIdle: true,
    maxIdleTime: maxIdleMs,
    // DEFLATE costs some 300 KB of memory for each connection that mostly idles.
    disableCompression: true,
    // Servers are chosen by users: what one of them can make this process hold is bounded.
    maxLineLength: 32 * 1024 * 1024,
    maxLiteralSize: 64 * 1024 * 1024,
    maxResponseSize: 128 * 1024 * 1024,
  }
}

const loginOf = ({ username, password, accessToken }: MailServer) =>
  accessToken === undefined ? { user: username, pass: password } : { user: username, accessToken }
