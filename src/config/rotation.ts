import type { Reader } from './reader.ts'

/** A secret whose age is watched. `dueAt` is undefined when nobody wrote down when it was last changed. */
export type RotatingSecret = {
  name: string
  dateVariable: string
  rotatedAt: Date | undefined
  dueAt: Date | undefined
}

export type Rotation = { isEnforced: boolean; maxAgeMs: number; secrets: readonly RotatingSecret[] }

/** The secrets under the rotation policy and where their last change is written down. */
const watched = [
  { name: 'ULTID_OIDC_CLIENT_SECRET', dateVariable: 'ULTID_OIDC_CLIENT_SECRET_ROTATED_AT' },
  { name: 'MAIL_CREDENTIAL_KEYS', dateVariable: 'MAIL_CREDENTIAL_KEY_ROTATED_AT' },
  { name: 'MAIL_WEBHOOK_SHARED_SECRET', dateVariable: 'MAIL_WEBHOOK_SHARED_SECRET_ROTATED_AT' },
] as const

/** Reads the policy. A secret that is not set needs no rotation. */
export function readRotation(reader: Reader, options: { isProduction: boolean }): Rotation {
  const maxAgeMs = reader.duration('SECRET_ROTATION_MAX_AGE', '90d')
  const mode = reader.choice('SECRET_ROTATION_ENFORCE', ['stop', 'warn'] as const, 'stop')
  // Without an age, which is a fault already, none can be too old.
  const secrets = (maxAgeMs === 0 ? [] : watched)
    .map(({ name, dateVariable }) => ({
      name,
      dateVariable,
      rotatedAt: reader.date(dateVariable),
      isSet: reader.has(name),
    }))
    .filter(({ isSet }) => isSet)
    .map(({ name, dateVariable, rotatedAt }) => ({
      name,
      dateVariable,
      rotatedAt,
      dueAt: rotatedAt && new Date(rotatedAt.getTime() + maxAgeMs),
    }))
  return { isEnforced: options.isProduction && mode === 'stop', maxAgeMs, secrets }
}

/** Today begins up to half a day earlier east of Greenwich. */
const dayMs = 86_400_000

/** What is wrong with the ages of secrets at `now`: a sentence each that says what to do. */
export function rotationFaults(rotation: Rotation, now: Date): string[] {
  const days = Math.round(rotation.maxAgeMs / dayMs)
  return rotation.secrets.flatMap(({ name, dateVariable, rotatedAt, dueAt }) => {
    if (!rotatedAt || !dueAt)
      return [`${dateVariable} is missing; write down the day on which ${name} was last changed.`]
    if (rotatedAt.getTime() > now.getTime() + dayMs)
      return [`${dateVariable} lies in the future; write down the day on which ${name} was last changed.`]
    if (dueAt > now) return []
    const since = dueAt.toISOString().slice(0, 10)
    return [`${name} is older than ${days} days (due since ${since}); change it and set ${dateVariable} to today.`]
  })
}
