import { createHash, createPrivateKey, createPublicKey, createSecretKey, type KeyObject } from 'node:crypto'
import { SignJWT } from 'jose'

/** What a token lets its holder do beside talking and listening. Where they are given, Jitsi asks nothing else. */
export const featureNames = [
  'livestreaming',
  'recording',
  'transcription',
  'outbound-call',
  'create-polls',
  'send-groupchat',
  'file-upload',
] as const
export type FeatureName = (typeof featureNames)[number]
export type Features = Readonly<Record<FeatureName, boolean>>

export type JitsiUser = {
  id: string
  name: string
  email?: string | undefined
  isModerator: boolean
}

export type JitsiTokenClaims = {
  /** The room's name; it is held to lower case, as Jitsi does. */
  room: string
  user: JitsiUser
  features: Features
  expiresAt: Date
}

export type JitsiSigning = Readonly<{
  /** JWT_APP_ID of Jitsi: `iss`, and as a plain string `aud`. An `aud` in a list is refused. */
  appId: string
  /** Jitsi's XMPP domain: `sub`, where it checks domains. */
  xmppDomain: string
}> &
  ({ algorithm: 'HS256'; secret: string } | { algorithm: 'RS256'; privateKey: string; keyId: string })

export type JitsiTokens = ReturnType<typeof createJitsiTokens>

/**
 * Tokens exactly as the plugins of Jitsi's prosody accept them: `typ` in the header, string `aud`, numeric `exp`, no
 * `nbf` (a clock that is behind by a second would refuse it), `room` and `sub` always there.
 */
export function createJitsiTokens(signing: JitsiSigning) {
  const { key, header, publicKey } = keysOf(signing)
  return {
    sign: ({ room, user, features, expiresAt }: JitsiTokenClaims): Promise<string> =>
      new SignJWT({
        room: room.toLowerCase(),
        context: {
          user: {
            ...{ id: user.id, name: user.name, moderator: user.isModerator },
            affiliation: user.isModerator ? 'owner' : 'member',
            ...(user.email && { email: user.email }),
          },
          features,
        },
      })
        .setProtectedHeader(header)
        .setIssuer(signing.appId)
        .setAudience(signing.appId)
        .setSubject(signing.xmppDomain)
        .setIssuedAt()
        .setExpirationTime(Math.floor(expiresAt.getTime() / 1000))
        .sign(key),
    /**
     * The key that Jitsi verifies RS256 with, as PEM, by the name under which it asks: the SHA-256 of the key's id,
     * followed by `.pem`. Undefined for other names, and where tokens are signed by a shared secret.
     */
    publishedKey: (name: string): string | undefined => (publicKey?.name === name ? publicKey.pem : undefined),
  }
}

function keysOf(signing: JitsiSigning) {
  if (signing.algorithm === 'HS256') {
    const key: KeyObject = createSecretKey(Buffer.from(signing.secret))
    return { key, header: { alg: 'HS256', typ: 'JWT' }, publicKey: undefined }
  }
  const key = createPrivateKey(signing.privateKey)
  const pem = createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString()
  const name = `${createHash('sha256').update(signing.keyId).digest('hex')}.pem`
  return { key, header: { alg: 'RS256', typ: 'JWT', kid: signing.keyId }, publicKey: { name, pem } }
}
