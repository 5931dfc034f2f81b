import type { MailServer } from '#integrations/mail-server/mail-server.ts'
import type { Database } from '#platform/database/database.ts'
import { notFound } from '#platform/errors.ts'
import type { KeyRing } from '#platform/secrets/key-ring.ts'
import { accountStore, type Endpoint } from './account-store.ts'

/** The servers of an account with their passwords, for those who connect to them. Nothing of it is to be kept. */
export type Connections = {
  /** @throws AppError `not_found` for an account that is gone or somebody else's. */
  imapOf(ownerId: string, mailAccountId: string): Promise<MailServer>
  /** @throws AppError `not_found`, as above. */
  smtpOf(ownerId: string, mailAccountId: string): Promise<MailServer>
}

/** What binds a sealed password to its row and use: the one for IMAP opens nothing in the place of the one for SMTP. */
export const secretBinding = (mailAccountId: string, use: 'imap' | 'smtp') => `${mailAccountId}:${use}`

export function createConnections({ database, keyRing }: { database: Database; keyRing: KeyRing }): Connections {
  const serverOf = async (ownerId: string, mailAccountId: string, use: 'imap' | 'smtp'): Promise<MailServer> => {
    const sealed = await accountStore.findSealed(database, ownerId, mailAccountId)
    if (!sealed) throw notFound('mail account')
    const password = keyRing.decrypt(sealed[`${use}_secret`], secretBinding(mailAccountId, use))
    return { ...(sealed[use] as Endpoint), password }
  }
  return {
    imapOf: (ownerId, mailAccountId) => serverOf(ownerId, mailAccountId, 'imap'),
    smtpOf: (ownerId, mailAccountId) => serverOf(ownerId, mailAccountId, 'smtp'),
  }
}
