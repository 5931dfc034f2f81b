import type { Provisioned } from '#integrations/nextcloud/provisioning.ts'
import { uidTaken } from '#integrations/nextcloud/provisioning.ts'
import type { Database } from '#platform/database/database.ts'
import { AppError } from '#platform/errors.ts'
import type { Logger } from '#platform/observability/log.ts'
import { type NextcloudAccountRow, accountStore as store } from './account-store.ts'

export type NextcloudAccount = { uid: string; appPassword: string | null }

/** Which account of Nextcloud is whose. */
export function createAccounts(deps: {
  database: Database
  log: Logger
  /** Makes a person known to Nextcloud; undefined where people grant app passwords instead. */
  provision: ((person: Provisioned) => Promise<void>) | undefined
}) {
  const { database, log, provision } = deps

  async function provisioned(
    ownerId: string,
    row: NextcloudAccountRow,
    tell: NonNullable<typeof provision>,
  ): Promise<string> {
    const { email, displayName } = row
    const uid = row.uid ?? (await claim(ownerId, row))
    if (row.isProvisioned && !row.isToldOtherwise) return uid
    try {
      await tell({ uid, email, displayName })
      await store.markProvisioned(database, ownerId, { email, displayName })
    } catch (error) {
      // A name or an address that is out of date keeps nobody from their files.
      if (row.isProvisioned) log.warn({ err: error }, 'Nextcloud could not be told of a changed name or address')
      else throw await withdrawn(ownerId, error)
    }
    return uid
  }

  async function claim(ownerId: string, row: NextcloudAccountRow): Promise<string> {
    const wanted = uidFor(row)
    await store.claim(database, ownerId, wanted)
    const claimed = await store.uidOf(database, ownerId)
    if (!claimed) throw uidTaken(wanted)
    return claimed.uid
  }

  /** Somebody else's name is not kept: the administrator may sort it out, and then it is asked for anew. */
  async function withdrawn(ownerId: string, error: unknown): Promise<unknown> {
    if (error instanceof AppError && error.code === 'nextcloud.uid_taken') await store.unclaim(database, ownerId)
    return error
  }

  return {
    /**
     * The owner's account; made at the first time, where ultid makes them.
     * @throws AppError `nextcloud.uid_taken`, `nextcloud.no_username`, `nextcloud.sign_in_required`
     */
    async resolve(ownerId: string): Promise<NextcloudAccount> {
      const row = await store.find(database, ownerId)
      if (!row) throw new Error('There is no such person.')
      if (provision) return { uid: await provisioned(ownerId, row, provision), appPassword: null }
      if (row.uid === null || row.appPassword === null) throw signInRequired()
      return { uid: row.uid, appPassword: row.appPassword }
    },
  }
}

/** What Nextcloud takes as a name: 64 of these characters, not only dots, no spaces at the ends. */
const isFit = (uid: string): boolean => /^[a-zA-Z0-9 _.@'-]{1,64}$/.test(uid) && !/^\.+$|^ | $/.test(uid)

/** The name at sign-in; the issuer's own id of the person where it tells none. */
function uidFor({ username, subject }: NextcloudAccountRow): string {
  const uid = username ?? subject
  if (isFit(uid)) return uid
  throw new AppError(
    'conflict',
    'nextcloud.no_username',
    "Nextcloud does not take your name at sign-in: it may have 64 letters, digits, spaces and _ . @ ' -; ask your administrator for another.",
  )
}

export const signInRequired = () =>
  new AppError(
    'conflict',
    'nextcloud.sign_in_required',
    'Let Ulti use your Nextcloud first: POST /api/v1/account/nextcloud/login tells where.',
  )
