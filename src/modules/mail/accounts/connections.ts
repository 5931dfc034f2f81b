import type { MailServer } from '#integrations/mail-server/mail-server.ts'
import type { Database } from '#platform/database/database.ts'
import { notFound } from '#platform/errors.ts'
import type { KeyRing } from '#platform/secrets/key-ring.ts'
import type { Grants } from '../oauth/grants.ts'
import { accountStore, type Endpoint } from './account-store.ts'

/** The servers of an account with their credentials, for those who connect to them. Nothing of it is to be kept. */
export type Connections = {
  /**
   * @throws AppError `not_found` for an account that is gone or somebody else's; of an account by OAuth also
   * `mail.needs_reauthentication` and `mail.oauth_unavailable`.
   */
  imapOf(ownerId: string, mailAccountId: string): Promise<MailServer>
  /** @throws AppError as above. */
  smtpOf(ownerId: string, mailAccountId: string): Promise<MailServer>
}

export type ConnectionDeps = {
  database: Database
  keyRing: KeyRing
  grants: Pick<Grants, 'accessTokenOf' | 'renew'>
}

/** What binds a sealed password to its row and use: the one for IMAP opens nothing in the place of the one for SMTP. */
export const secretBinding = (mailAccountId: string, use: 'imap' | 'smtp') => `${mailAccountId}:${use}`

export function createConnections({ database, keyRing, grants }: ConnectionDeps): Connections {
  const serverOf = async (ownerId: string, mailAccountId: string, use: 'imap' | 'smtp'): Promise<MailServer> => {
    const sealed = await accountStore.findSealed(database, ownerId, mailAccountId)
    if (!sealed) throw notFound('mail account')
    const endpoint = sealed[use] as Endpoint
    const secret = sealed[`${use}_secret`]
    if (secret !== null) return { ...endpoint, password: keyRing.decrypt(secret, secretBinding(mailAccountId, use)) }
    const accessToken = await grants.accessTokenOf(ownerId, mailAccountId)
    return { ...endpoint, accessToken, renewAccessToken: () => grants.renew(ownerId, mailAccountId, accessToken) }
  }
  return {
    imapOf: (ownerId, mailAccountId) => serverOf(ownerId, mailAccountId, 'imap'),
    smtpOf: (ownerId, mailAccountId) => serverOf(ownerId, mailAccountId, 'smtp'),
  }
}
