import type { KeyRing } from '#platform/secrets/key-ring.ts'

/** How long a password need not be asked for again. */
export const accessSeconds = 12 * 3600

export type LinkAccess = ReturnType<typeof createLinkAccess>

/**
 * What a visitor is given for the password of a link: it, sealed, for that link and half a day. Nextcloud wants the
 * password with every request, and nobody here keeps it.
 */
export function createLinkAccess({ keyRing, now = Date.now }: { keyRing: KeyRing; now?: () => number }) {
  const bindingOf = (token: string) => `drive link ${token}`
  return {
    grant(token: string, password: string): { access: string; expiresAt: Date } {
      const expiresAt = new Date(now() + accessSeconds * 1000)
      return { access: keyRing.encrypt(JSON.stringify([password, expiresAt.getTime()]), bindingOf(token)), expiresAt }
    },

    /** Undefined without one, and for what was not granted for this link or is over. */
    passwordOf(token: string, access: string | undefined): string | undefined {
      if (access === undefined) return undefined
      try {
        const [password, end] = JSON.parse(keyRing.decrypt(access, bindingOf(token))) as [string, number]
        return end > now() ? password : undefined
      } catch {
        return undefined
      }
    },
  }
}
