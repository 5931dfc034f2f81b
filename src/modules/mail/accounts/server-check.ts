import type { ImapConnect } from '#integrations/imap/imap-connect.ts'
import type { MailServer } from '#integrations/mail-server/mail-server.ts'
import { findAppPasswordProvider } from '#integrations/mail-settings/providers.ts'
import type { Smtp } from '#integrations/smtp/smtp.ts'
import { AppError, type ErrorDetail } from '#platform/errors.ts'

export type ServerCheck = (servers: { imap?: MailServer; smtp?: MailServer }) => Promise<void>

/**
 * Signs in to the given servers at once and leaves. When both fail, the error is that of IMAP and its details tell of both.
 * @throws AppError, its code one of `mailServerCodes`.
 */
export function createServerCheck({ imapConnect, smtp }: { imapConnect: ImapConnect; smtp: Smtp }): ServerCheck {
  return async (servers) => {
    const [imap, sending] = await Promise.allSettled([
      servers.imap && withHint(servers.imap, signIn(imapConnect, servers.imap)),
      servers.smtp && withHint(servers.smtp, smtp.verify(servers.smtp)),
    ])
    const failures = [
      { path: 'body.imap', result: imap },
      { path: 'body.smtp', result: sending },
    ].flatMap(({ path, result }) => (result.status === 'rejected' ? [{ path, reason: result.reason as unknown }] : []))
    const [first] = failures
    if (!first) return
    if (!(first.reason instanceof AppError)) throw first.reason
    const { kind, code, message, retryAfterSeconds, cause } = first.reason
    throw new AppError(kind, code, message, {
      cause,
      details: failures.map(detailOf),
      ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    })
  }
}

async function signIn(imapConnect: ImapConnect, server: MailServer): Promise<void> {
  const client = await imapConnect(server, { isForDownloads: true })
  // A server that does not answer LOGOUT was signed in to all the same.
  await client.logout().catch(() => client.close())
}

/** A refused password tells where to make an app password, when the provider takes nothing else. */
async function withHint(server: MailServer, work: Promise<void>): Promise<void> {
  try {
    await work
  } catch (error) {
    const isRefused = error instanceof AppError && error.code === 'mail.authentication_failed'
    const provider = server.password === undefined ? undefined : findAppPasswordProvider(server.host)
    if (!isRefused || !provider) throw error
    const { kind, code, cause } = error
    const message = `${provider.name} takes an app password only, not the usual one; make one at ${provider.helpUrl}.`
    throw new AppError(kind, code, message, { cause })
  }
}

const detailOf = ({ path, reason }: { path: string; reason: unknown }): ErrorDetail => ({
  path,
  message: reason instanceof AppError ? reason.message : 'could not be checked',
})
