import { domainToASCII } from 'node:url'
import type { PasswordServer } from '#integrations/mail-server/mail-server.ts'
import { type Database, onCommit, type Transact, type Tx } from '#platform/database/database.ts'
import { AppError, notFound } from '#platform/errors.ts'
import type { Events } from '#platform/events/events.ts'
import { decodeCursor, encodeCursor } from '#platform/http/cursor.ts'
import { type Answer, type IdempotentRequest, once } from '#platform/http/idempotency.ts'
import { newId } from '#platform/ids.ts'
import type { KeyRing } from '#platform/secrets/key-ring.ts'
import { appendMailEvents } from '../events.ts'
import type { Wake } from '../wake.ts'
import { deleteAccount } from './account-deletion.ts'
import { accountStore, type Endpoint, type NewAccount } from './account-store.ts'
import { type Account, accountOf, type NewAccountBody } from './account-wire.ts'
import { secretBinding } from './connections.ts'
import type { ServerCheck } from './server-check.ts'

export type AccountDeps = {
  database: Database
  transact: Transact
  events: Events
  wake: Wake
  keyRing: KeyRing
  checkServers: ServerCheck
}

export type Accounts = ReturnType<typeof createAccounts>

/** An owner's mail accounts. No two of an owner have the same address, IMAP host and user name. */
export function createAccounts(deps: AccountDeps) {
  const { database, transact, events, wake } = deps
  return {
    /**
     * Signs in to both servers, then stores the account; nothing is stored when either refuses.
     * @throws AppError `mail.account_exists`, `idempotency_key_reused`, or one of `mailServerCodes`.
     */
    async create(ownerId: string, body: NewAccountBody, idempotencyKey?: string): Promise<Answer<Account>> {
      const request: IdempotentRequest = {
        ownerId,
        scope: 'mail.accounts',
        key: idempotencyKey,
        body: withoutPasswords(body),
      }
      const repeated = idempotencyKey === undefined ? undefined : await firstAnswer(transact, request)
      if (repeated) return repeated
      const [imap, smtp] = [serverOf(body.imap), serverOf(body.smtp)]
      await deps.checkServers({ imap, smtp })
      const account = seal(deps.keyRing, body, { imap, smtp })
      return transact((tx) =>
        once(tx, request, async () => {
          const row = await accountStore.insert(tx, ownerId, account)
          if (!row) throw accountExists(body.email)
          await appendMailEvents(events, tx, ownerId, [
            { type: 'mail.account_created', data: { mail_account_id: row.id } },
          ])
          onCommit(tx, () => wake.account(row.id, 'created'))
          return { status: 201, body: accountOf(row) }
        }),
      )
    },

    /** Oldest first. */
    async list(
      ownerId: string,
      { cursor, limit }: { cursor: string | undefined; limit: number },
    ): Promise<{ items: Account[]; next_cursor: string | null }> {
      const [after] = cursor === undefined ? [] : decodeCursor(cursor, ['uuid'])
      const found = await accountStore.list(database, ownerId, { after, limit: limit + 1 })
      const rows = found.slice(0, limit)
      const last = rows.at(-1)
      return {
        items: rows.map(accountOf),
        next_cursor: last && found.length > limit ? encodeCursor([last.id]) : null,
      }
    },

    /** @throws AppError `not_found`. */
    async view(ownerId: string, mailAccountId: string): Promise<Account> {
      const row = await accountStore.find(database, ownerId, mailAccountId)
      if (!row) throw notFound('mail account')
      return accountOf(row)
    },

    /**
     * From the commit on nothing of the account is visible; a job removes the bulk of it afterwards. What lies on the
     * mail server is untouched.
     * @throws AppError `not_found`.
     */
    delete: (ownerId: string, mailAccountId: string): Promise<void> =>
      transact(async (tx) => {
        await deleteAccount(tx, ownerId, mailAccountId)
        await appendMailEvents(events, tx, ownerId, [
          { type: 'mail.account_deleted', data: { mail_account_id: mailAccountId } },
        ])
        onCommit(tx, () => wake.account(mailAccountId, 'deleted'))
      }),
  }
}

/** The answer that this key got before, so that a repetition need not sign in again; undefined at the first time. */
async function firstAnswer(transact: Transact, request: IdempotentRequest): Promise<Answer<Account> | undefined> {
  const isFirst = new Error('the key is free')
  const look = (tx: Tx) => once<Account>(tx, request, () => Promise.reject(isFirst))
  return transact(look).catch((error) => {
    if (error !== isFirst) throw error
    return undefined
  })
}

/** Only a hash of the request is kept, but a guessed password could be tried against that. */
function withoutPasswords({ imap, smtp, ...rest }: NewAccountBody) {
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
