import type { Config } from '#config/config.ts'
import { createImapConnect } from '#integrations/imap/imap-connect.ts'
import { createSmtp } from '#integrations/smtp/smtp.ts'
import type { Database, Transact } from '#platform/database/database.ts'
import { notFound } from '#platform/errors.ts'
import type { Events } from '#platform/events/events.ts'
import { createGuardedFetch } from '#platform/network/guarded-fetch.ts'
import { createHostGuard } from '#platform/network/host-guard.ts'
import type { Logger } from '#platform/observability/log.ts'
import { noUpstreams } from '#platform/observability/upstreams.ts'
import type { KeyRing } from '#platform/secrets/key-ring.ts'
import { createAccountAccess } from './account-access.ts'
import { accountCensusStore } from './account-census-store.ts'

/**
 * For operators: each signs in to one server of an account, whoever owns it, and leaves.
 * @returns the server's address. @throws AppError `not_found`, or its code one of `mailServerCodes`.
 */
export type MailAccountProbes = Readonly<Record<'imap' | 'smtp', (mailAccountId: string) => Promise<string>>>

export function createMailAccountProbes(deps: {
  database: Database
  keyRing: KeyRing
  log: Logger
  transact: Transact
  events: Events
  config: Pick<Config['mail'], 'isPlaintextAllowed' | 'oauthProviders'> & Config['network']
  oauthSecrets: ReadonlyMap<string, string>
}): MailAccountProbes {
  const { database, log, config } = deps
  const guard = createHostGuard({ allow: config.allowPrivateHosts })
  // A token may have to be renewed first; nobody listens here who would have to be woken.
  const wake = { account: () => undefined }
  const { connections } = createAccountAccess({
    ...{ ...deps, wake, upstreams: noUpstreams },
    http: createGuardedFetch(guard),
  })
  const connect = createImapConnect({ guard, log, isPlaintextAllowed: config.isPlaintextAllowed })
  const smtp = createSmtp({ guard, log, isPlaintextAllowed: config.isPlaintextAllowed })
  const ownerOf = async (mailAccountId: string) => {
    const ownerId = await accountCensusStore.ownerOf(database, mailAccountId)
    if (ownerId === undefined) throw notFound('mail account')
    return ownerId
  }
  return {
    async imap(mailAccountId) {
      const server = await connections.imapOf(await ownerOf(mailAccountId), mailAccountId)
      const client = await connect(server, { isForDownloads: true })
      await client.logout().catch(() => client.close())
      return `${server.host}:${server.port}`
    },
    async smtp(mailAccountId) {
      const server = await connections.smtpOf(await ownerOf(mailAccountId), mailAccountId)
      await smtp.verify(server)
      return `${server.host}:${server.port}`
    },
  }
}
