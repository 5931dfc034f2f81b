import { domainToASCII } from 'node:url'
import type { PasswordServer } from '#integrations/mail-server/mail-server.ts'
import { onCommit, type Tx } from '#platform/database/database.ts'
import { AppError } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import type { KeyRing } from '#platform/secrets/key-ring.ts'
import { appendMailEvents } from '../events.ts'
import { type AccountRow, accountStore, type Endpoint, type NewAccount } from './account-store.ts'
import type { NewAccountBody } from './account-wire.ts'
import type { AccountDeps } from './accounts.ts'
import { secretBinding } from './connections.ts'

/** How an account with passwords begins, whoever it will be of. */
export function createAccountBeginning(deps: AccountDeps) {
  return {
    /**
     * Signs in to both servers, as `personId` may. Nothing is stored yet.
     * @throws AppError `mail.host_not_allowed`, or one of `mailServerCodes`.
     */
    async check(personId: string, body: NewAccountBody): Promise<NewAccount> {
      const [imap, smtp] = [serverOf(body.imap), serverOf(body.smtp)]
      await deps.policies?.requireHosts(deps.database, personId, [imap.host, smtp.host])
      await deps.checkServers({ imap, smtp })
      return seal(deps.keyRing, body, { imap, smtp })
    },

    /** @throws AppError `mail.account_exists`. */
    async insert(tx: Tx, ownerId: string, account: NewAccount): Promise<AccountRow> {
      const row = await accountStore.insert(tx, ownerId, account)
      if (!row) throw accountExists(account.email)
      await appendMailEvents(deps.events, tx, ownerId, [
        { type: 'mail.account_created', data: { mail_account_id: row.id } },
      ])
      onCommit(tx, () => deps.wake.account(row.id, 'created'))
      return row
    },
  }
}

/** Only a hash of the request is kept, but a guessed password could be tried against that. */
export function withoutPasswords({ imap, smtp, ...rest }: NewAccountBody) {
  return { ...rest, imap: endpointOf(imap), smtp: endpointOf(smtp) }
}

function seal(
  keyRing: KeyRing,
  body: NewAccountBody,
  servers: { imap: PasswordServer; smtp: PasswordServer },
): NewAccount {
  const id = newId()
  return {
    id,
    email: body.email,
    name: body.name ?? '',
    imap: endpointOf(servers.imap),
    smtp: endpointOf(servers.smtp),
    imapSecret: keyRing.encrypt(servers.imap.password, secretBinding(id, 'imap')),
    smtpSecret: keyRing.encrypt(servers.smtp.password, secretBinding(id, 'smtp')),
  }
}

/** Host names are compared, resolved and verified in ASCII (RFC 5890). What has a colon is an address of IPv6. */
export const serverOf = (server: PasswordServer): PasswordServer => {
  const ascii = server.host.includes(':') ? '' : domainToASCII(server.host)
  return { ...server, host: ascii || server.host }
}

export const endpointOf = ({ host, port, security, username }: Endpoint): Endpoint => ({
  host,
  port,
  security,
  username,
})

export const accountExists = (email: string) =>
  new AppError('conflict', 'mail.account_exists', `The mailbox of ${email} is connected already.`)
