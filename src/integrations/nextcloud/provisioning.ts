import { AppError } from '#platform/errors.ts'
import type { OcsClient } from './ocs-client.ts'

export type Provisioned = { uid: string; email: string | null; displayName: string | null }

/** Makes people known to Nextcloud as users of the app user_oidc, by its administrator. */
export function createProvisioning({
  ocs,
  providerId,
  adminUser,
}: {
  ocs: OcsClient
  providerId: number
  adminUser: string
}) {
  return {
    /**
     * Makes the user, or brings name and address of one that ultid's issuer answers for up to date.
     * @throws AppError `nextcloud.uid_taken` when the name belongs to a user of another kind, such as the administrator:
     * whoever is called the same at the OIDC issuer must not get into it.
     */
    async ensure({ uid, email, displayName }: Provisioned): Promise<void> {
      if (uid.toLowerCase() === adminUser.toLowerCase()) throw uidTaken(uid)
      const known = await ocs.call<{ backend?: unknown }>('GET', `/cloud/users/${encodeURIComponent(uid)}`, {
        accept: [404],
      })
      if (known.status !== 404 && known.data.backend !== oidcBackend) throw uidTaken(uid)
      const named = { ...(displayName && { displayName }), ...(email && { email }) }
      const { data } = await ocs.call<{ user_id?: unknown }>('POST', '/apps/user_oidc/api/v1/user', {
        body: { providerId, userId: uid, ...named },
      })
      if (data.user_id !== uid) throw misnamed()
    },
  }
}

/** As Nextcloud names where a user comes from: the class of user_oidc's backend says so of itself. */
const oidcBackend = 'user_oidc'

const misnamed = () =>
  new AppError(
    'upstream_unavailable',
    'nextcloud.misconfigured',
    'Nextcloud names people otherwise than they are named here; its provider in user_oidc needs --unique-uid=0.',
  )

export const uidTaken = (uid: string) =>
  new AppError(
    'conflict',
    'nextcloud.uid_taken',
    `The name "${uid}" belongs to somebody else at Nextcloud; ask your administrator to sort this out.`,
  )
