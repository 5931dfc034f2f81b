import type { OcsClient } from './ocs-client.ts'

/** Bytes; null for no limit of one's own. */
export type NextcloudQuota = { used: number; quota: number | null }

export type UserAdministration = ReturnType<typeof createUserAdministration>

/** What Nextcloud's administrator does to users (OCS provisioning API). Throws AppErrors as `davErrorOf` names them. */
export function createUserAdministration({ ocs }: { ocs: OcsClient }) {
  const path = (uid: string) => `/cloud/users/${encodeURIComponent(uid)}`
  return {
    /** A disabled user is let in nowhere, whatever they come with. */
    async setEnabled(uid: string, isEnabled: boolean): Promise<void> {
      await ocs.call('PUT', `${path(uid)}/${isEnabled ? 'enable' : 'disable'}`)
    },

    /** Bytes, no limit, or what Nextcloud gives everybody. */
    async setQuota(uid: string, quota: number | 'none' | 'default'): Promise<void> {
      await ocs.call('PUT', path(uid), { body: { key: 'quota', value: String(quota) } })
    },

    /** Undefined when there is no such user. */
    async quotaOf(uid: string): Promise<NextcloudQuota | undefined> {
      type Shown = { quota?: { used?: unknown; quota?: unknown } }
      const { status, data } = await ocs.call<Shown>('GET', path(uid), { accept: [404] })
      if (status === 404) return undefined
      const { used, quota } = data.quota ?? {}
      // -3 stands for no limit, -2 and -1 for a storage that does not know.
      return { used: numberOf(used) ?? 0, quota: (numberOf(quota) ?? -3) < 0 ? null : (numberOf(quota) ?? null) }
    },

    /** With everything they own. Nothing when there is no such user. */
    async remove(uid: string): Promise<void> {
      await ocs.call('DELETE', path(uid), { accept: [404] })
    },
  }
}

const numberOf = (value: unknown): number | undefined =>
  typeof value === 'number' ? value : typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : undefined
