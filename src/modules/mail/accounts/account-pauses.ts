import { onCommit } from '#platform/database/database.ts'
import { AppError, notFound } from '#platform/errors.ts'
import { tellUpdated } from './account-changes.ts'
import { accountControlStore as store } from './account-control-store.ts'
import { accountStore } from './account-store.ts'
import { type Account, accountOf } from './account-wire.ts'
import type { AccountDeps } from './accounts.ts'

type PauseDeps = Pick<AccountDeps, 'database' | 'transact' | 'events' | 'wake'>

export type AccountPauses = ReturnType<typeof createAccountPauses>

/** When an account is synced: not while it is paused, and at once when somebody asks. Sending is not concerned. */
export function createAccountPauses(deps: PauseDeps) {
  const { database, transact, wake } = deps
  return {
    /**
     * From the commit on nothing that is synced is stored. A paused account stays as it is.
     * @throws AppError `not_found`.
     */
    pause: (ownerId: string, id: string): Promise<Account> =>
      transact(async (tx) => {
        await store.fence(tx, ownerId, id)
        const paused = await store.pause(tx, ownerId, id)
        const row = paused ?? (await accountStore.find(tx, ownerId, id))
        if (!row) throw notFound('mail account')
        onCommit(tx, () => wake.account(id, 'paused'))
        if (paused) await tellUpdated(deps, tx, ownerId, paused)
        return accountOf(row)
      }),

    /** @throws AppError `not_found`. */
    resume: (ownerId: string, id: string): Promise<void> =>
      transact(async (tx) => {
        // Its lease may have been put off while nobody could sync it.
        await store.fence(tx, ownerId, id)
        const resumed = await store.resume(tx, ownerId, id)
        if (!resumed && !(await accountStore.find(tx, ownerId, id))) throw notFound('mail account')
        if (!resumed) return
        onCommit(tx, () => wake.account(id, 'created'))
        await tellUpdated(deps, tx, ownerId, resumed)
      }),

    /**
     * Has all folders looked at now, also while the account waits after a fault.
     * @throws AppError `not_found`, `mail.account_paused`.
     */
    async syncNow(ownerId: string, id: string): Promise<Account> {
      const row = await accountStore.find(database, ownerId, id)
      if (!row) throw notFound('mail account')
      if (row.state === 'paused') {
        throw new AppError('conflict', 'mail.account_paused', 'This mail account is paused; resume it first.')
      }
      wake.account(id, 'sync')
      return accountOf(row)
    },
  }
}
