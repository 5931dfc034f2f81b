import type { Reader } from './reader.ts'

/** Jitsi, and how its tokens are signed. Nothing of it counts while `isEnabled` is false. */
export type MeetConfig = Readonly<{
  isEnabled: boolean
  /** Where browsers reach Jitsi, without a slash at its end. */
  url: string
  appId: string
  xmppDomain: string
  /** HS256: by the secret shared with Jitsi. RS256: by a key whose public half Jitsi fetches from ultid. */
  algorithm: 'HS256' | 'RS256'
  keyId: string
}>

export const readMeet = (reader: Reader, { publicUrl }: { publicUrl: string }): MeetConfig => ({
  isEnabled: reader.flag('JITSI_ENABLED', false),
  url: (reader.url('JITSI_PUBLIC_URL', ['http:', 'https:'], `${publicUrl}/meet`) ?? '').replace(/\/+$/, ''),
  appId: reader.text('JWT_APP_ID', 'the name by which Jitsi knows who signs', 'ulti'),
  xmppDomain: reader.text('JITSI_XMPP_DOMAIN', "Jitsi's XMPP_DOMAIN", 'meet.jitsi'),
  algorithm: reader.choice('JWT_ALGORITHM', ['HS256', 'RS256'] as const, 'HS256'),
  keyId: reader.text('JWT_KEY_ID', 'a name of the key', 'ulti'),
})

/** With these ultid signs; undefined while meetings are switched off. */
export type MeetSecrets = Readonly<{ appSecret: string; privateKey: string | undefined }>

export function readMeetSecrets(reader: Reader, { isEnabled, algorithm }: MeetConfig): MeetSecrets | undefined {
  if (!isEnabled) return undefined
  const isKey = algorithm === 'RS256'
  return {
    appSecret: reader.text('JWT_APP_SECRET', 'the secret that Jitsi shares; it signs links for guests as well'),
    privateKey: isKey
      ? reader.text('JWT_PRIVATE_KEY', 'an RSA key in PEM; a file is best: JWT_PRIVATE_KEY_FILE')
      : undefined,
  }
}
