import type { KeyRing } from '#platform/secrets/key-ring.ts'

/** What a token lets its bearer see: an image of a message, or a remote one that a message shows. */
export type ShownImage =
  | { kind: 'inline'; ownerId: string; messageId: string; part: string }
  | { kind: 'remote'; ownerId: string; address: string }

const purpose = 'mail image'
const dayMs = 86_400_000
/** Longer addresses of images are not shown. */
const maxAddressLength = 2000

export type ImageTokens = ReturnType<typeof createImageTokens>

/**
 * Addresses of images within messages: whoever has one sees that image, without a token or cookie, as frames of
 * messages have none. They hold from one day to two, and are the same for a whole day, so that browsers keep images.
 */
export function createImageTokens({ keyRing, now = () => Date.now() }: { keyRing: KeyRing; now?: () => number }) {
  const expiry = () => Math.floor(now() / dayMs) + 2
  const address = (payload: readonly (string | number)[]) => {
    const text = Buffer.from(JSON.stringify(payload)).toString('base64url')
    return `/api/v1/mail/images/${text}.${keyRing.sign(text, purpose)}`
  }
  return {
    /** Changes with every address that is given out: a part of the version of what contains them. */
    expiry,
    inline: (ownerId: string, messageId: string, part: string): string =>
      address(['inline', expiry(), ownerId, messageId, part]),
    /** Undefined for an address that is too long. */
    remote: (ownerId: string, url: string): string | undefined =>
      url.length > maxAddressLength ? undefined : address(['remote', expiry(), ownerId, url]),
    /** Undefined for what was not made here, and what was made too long ago. */
    read(token: string): ShownImage | undefined {
      const dot = token.indexOf('.')
      const text = token.slice(0, Math.max(0, dot))
      if (dot < 0 || !keyRing.isSigned(text, purpose, token.slice(dot + 1))) return undefined
      const [kind, until, ownerId, ...rest] = JSON.parse(Buffer.from(text, 'base64url').toString()) as [
        string,
        number,
        string,
        ...string[],
      ]
      if (until * dayMs <= now()) return undefined
      if (kind === 'remote') return { kind, ownerId, address: rest[0] ?? '' }
      return { kind: 'inline', ownerId, messageId: rest[0] ?? '', part: rest[1] ?? '' }
    },
  }
}
