import { type FeatureName, type Features, featureNames } from '#integrations/jitsi/jitsi-tokens.ts'

const defaults: Features = {
  livestreaming: false,
  recording: false,
  transcription: false,
  'outbound-call': false,
  'create-polls': true,
  'send-groupchat': true,
  'file-upload': true,
}

/** What only moderators get of a room's features, and what guests do. */
const ofModerators: ReadonlySet<FeatureName> = new Set(['livestreaming', 'recording', 'transcription', 'outbound-call'])
const ofGuests: ReadonlySet<FeatureName> = new Set(['send-groupchat'])

export type Role = 'moderator' | 'participant' | 'guest'

/** A room's features, with defaults in place of what is not said. */
export const featuresOf = (chosen: unknown): Features => {
  const given = (chosen ?? {}) as Partial<Record<FeatureName, boolean>>
  return Object.fromEntries(featureNames.map((name) => [name, given[name] ?? defaults[name]])) as Features
}

export function featuresFor(role: Role, room: Features): Features {
  const isFor = (name: FeatureName): boolean => {
    if (role === 'moderator') return true
    return role === 'guest' ? ofGuests.has(name) : !ofModerators.has(name)
  }
  return Object.fromEntries(featureNames.map((name) => [name, room[name] && isFor(name)])) as Features
}
