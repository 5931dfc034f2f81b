import type { Config, Secrets } from '#config/config.ts'
import { createMeetModule, type MeetDeps } from '#modules/meet/index.ts'

type Deps = Pick<MeetDeps, 'database' | 'transact' | 'events' | 'plannedElsewhere'> & {
  config: Config
  secrets: Secrets
}

/** Meetings, when they are switched on. */
export function createMeet({ config: { meet, http }, secrets, ...platform }: Deps) {
  if (!meet.isEnabled || !secrets.meet) return undefined
  const { appSecret: secret, privateKey } = secrets.meet
  const { appId, xmppDomain, keyId } = meet
  const identity = { appId, xmppDomain }
  const signing = privateKey
    ? { ...identity, algorithm: 'RS256' as const, privateKey, keyId }
    : { ...identity, algorithm: 'HS256' as const, secret }
  const config = { jitsiUrl: meet.url, publicUrl: http.publicUrl }
  return createMeetModule({ ...platform, config, signing, invitationSecret: secret })
}
