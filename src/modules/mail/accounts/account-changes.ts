import type { PasswordServer } from '#integrations/mail-server/mail-server.ts'
import { audit, type RequestOrigin } from '#platform/audit/audit.ts'
import { onCommit, type Tx } from '#platform/database/database.ts'
import { AppError, notFound } from '#platform/errors.ts'
import { appendMailEvents } from '../events.ts'
import { accountExists, endpointOf, serverOf } from './account-beginning.ts'
import { type AccountEdit, accountControlStore as store } from './account-control-store.ts'
import { type AccountRow, accountStore, type Endpoint } from './account-store.ts'
import { type Account, type AccountChangeBody, accountOf, type ServerChange } from './account-wire.ts'
import type { AccountDeps } from './accounts.ts'
import { secretBinding } from './connections.ts'

/** Who changes an account, and from where. */
export type Author = { actorId: string; origin: RequestOrigin }

/** What is to be signed in to before it is stored; undefined stays as it is. */
type NewServers = { imap?: PasswordServer; smtp?: PasswordServer }

export type AccountChanges = ReturnType<typeof createAccountChanges>

/** New names, servers and passwords of connected mail accounts. */
export function createAccountChanges(deps: AccountDeps) {
  const { database, transact, keyRing } = deps

  async function newServers(ownerId: string, id: string, body: AccountChangeBody): Promise<NewServers & Endpoints> {
    const stored = await accountStore.findSealed(database, ownerId, id)
    if (!stored) throw notFound('mail account')
    if (stored.oauth_provider !== null && (body.imap || body.smtp)) throw signsInElsewhere(stored.oauth_provider)
    const before = { imap: stored.imap as Endpoint, smtp: stored.smtp as Endpoint }
    const imap = body.imap && changedServer('imap', before.imap, body.imap)
    const smtp = body.smtp && changedServer('smtp', before.smtp, body.smtp)
    return { before, ...(imap && { imap }), ...(smtp && { smtp }) }
  }

  function sealed(id: string, { imap, smtp }: NewServers, name: string | undefined): AccountEdit {
    const seal = (server: PasswordServer, use: 'imap' | 'smtp') => ({
      endpoint: endpointOf(server),
      secret: keyRing.encrypt(server.password, secretBinding(id, use)),
    })
    return {
      ...(name !== undefined && { name }),
      ...(imap && { imap: seal(imap, 'imap') }),
      ...(smtp && { smtp: seal(smtp, 'smtp') }),
    }
  }

  async function storeEdit(tx: Tx, ownerId: string, id: string, change: { edit: AccountEdit; isElsewhere: boolean }) {
    const { edit, isElsewhere } = change
    if (edit.imap) await store.fence(tx, ownerId, id)
    const row = await store.update(tx, ownerId, id, edit)
    if (!row) throw notFound('mail account')
    if (isElsewhere) await store.detachFromServer(tx, ownerId, id)
    return row
  }

  return {
    /**
     * Signs in to the servers that change, then stores them with their passwords; a refusal leaves all as it was. With
     * the same IMAP host and user name the mailbox stays as it is listed, else its messages are found again by identity.
     * @throws AppError `not_found`, `mail.account_exists`, `mail.account_uses_oauth`, `mail.password_required`, or one of `mailServerCodes`.
     */
    async change(ownerId: string, id: string, body: AccountChangeBody, author: Author): Promise<Account> {
      const { before, ...servers } = await newServers(ownerId, id, body)
      const hosts = [servers.imap, servers.smtp].flatMap((server) => server?.host ?? [])
      await deps.policies?.requireHosts(database, ownerId, hosts)
      await deps.checkServers(servers)
      const edit = sealed(id, servers, body.name)
      const isElsewhere = servers.imap !== undefined && !isSameMailbox(before.imap, servers.imap)
      const row = await transact(async (tx) => {
        const stored = await storeEdit(tx, ownerId, id, { edit, isElsewhere })
        await audit.record(tx, {
          ...{ ownerId, ...author, action: 'mail.account_updated', target: id, outcome: 'success' },
          details: { changed: Object.keys(edit) },
        })
        if (edit.imap) onCommit(tx, () => deps.wake.account(id, 'credentials'))
        await tellUpdated(deps, tx, ownerId, stored)
        return stored
      }).catch((error) => {
        // unique_violation of mail_account_once
        if ((error as { code?: string }).code === '23505') throw accountExists(body.imap?.username ?? 'this user')
        throw error
      })
      return accountOf(row)
    },
  }
}

const signsInElsewhere = (provider: string) =>
  new AppError(
    'conflict',
    'mail.account_uses_oauth',
    `This mail account has no passwords: its owner signs in at ${provider}. Do that anew instead.`,
  )

type Endpoints = { before: { imap: Endpoint; smtp: Endpoint } }

/** Undefined when nothing about it is new. */
function changedServer(use: 'imap' | 'smtp', before: Endpoint, change: ServerChange): PasswordServer | undefined {
  const { password, ...settings } = change
  const after = serverOf({ ...before, ...definedOf(settings), password: password ?? '' })
  const isSame = (['host', 'port', 'security', 'username'] as const).every((field) => before[field] === after[field])
  if (password !== undefined) return after
  if (isSame) return undefined
  // A stored password never travels to a place that it was not given for.
  throw new AppError(
    'unprocessable',
    'mail.password_required',
    'New settings of a server need its password; give it along with them.',
    { details: [{ path: `body.${use}.password`, message: 'is required for new settings' }] },
  )
}

const definedOf = (settings: Omit<ServerChange, 'password'>): Partial<Endpoint> =>
  Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined))

const isSameMailbox = (before: Endpoint, after: Endpoint) =>
  before.host === after.host && before.username === after.username

/** The last thing of a transaction that changed an account. */
export function tellUpdated({ events }: Pick<AccountDeps, 'events'>, tx: Tx, ownerId: string, row: AccountRow) {
  const { id, state, error_code } = row
  const data = { mail_account_id: id, state, error_code }
  return appendMailEvents(events, tx, ownerId, [{ type: 'mail.account_updated', data }])
}
