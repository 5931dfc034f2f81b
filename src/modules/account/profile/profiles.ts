import type { Actor } from '#platform/auth/actor.ts'
import type { Database, Transact } from '#platform/database/database.ts'
import { AppError, notFound } from '#platform/errors.ts'
import { etagMismatch, etagOf, isMatch } from '#platform/http/etag.ts'
import { type ProfileChange, type ProfileRow, profileStore as store } from './profile-store.ts'

export type Profile = {
  id: string
  email: string | null
  username: string | null
  display_name: string | null
  locale: string | null
  time_zone: string | null
  groups: string[]
  permissions: string[]
  credential: Actor['credential']
}

/** Null takes a choice back: the issuer's name, or the client's own locale and time zone, hold again. */
export type ProfilePatch = { display_name?: string | null; locale?: string | null; time_zone?: string | null }

export type Profiles = ReturnType<typeof createProfiles>

/** What is known of a person, and what they chose for themselves. */
export function createProfiles({ database, transact }: { database: Database; transact: Transact }) {
  return {
    async view(actor: Actor): Promise<{ profile: Profile; etag: string }> {
      const row = await store.find(database, actor.personId)
      if (!row) throw notFound('account')
      return presented(row, actor)
    },

    /** @throws AppError `etag_mismatch`, `invalid_request_body` for a locale or time zone that does not exist. */
    async change(actor: Actor, patch: ProfilePatch, ifMatch: string | undefined) {
      const change = toChange(patch)
      return transact(async (tx) => {
        const row = await store.findForUpdate(tx, actor.personId)
        if (!row) throw notFound('account')
        if (!isMatch(ifMatch, presented(row, actor).etag)) throw etagMismatch()
        return presented(await store.update(tx, actor.personId, change), actor)
      })
    },
  }
}

function presented(row: ProfileRow, { permissions, credential }: Actor): { profile: Profile; etag: string } {
  const { id, email, username, locale, time_zone, groups } = row
  const display_name = row.chosen_name ?? row.display_name
  const granted = [...permissions].sort()
  const profile = { id, email, username, display_name, locale, time_zone, groups, permissions: granted, credential }
  return { profile, etag: etagOf(profile) }
}

function toChange({ display_name, locale, time_zone }: ProfilePatch): ProfileChange {
  return {
    ...(display_name !== undefined && { chosen_name: display_name && nameOf(display_name) }),
    ...(locale !== undefined && { locale: locale && localeOf(locale) }),
    ...(time_zone !== undefined && { time_zone: time_zone && timeZoneOf(time_zone) }),
  }
}

function nameOf(text: string): string {
  const name = text.trim()
  if (name === '' || /\p{Cc}/u.test(name)) throw invalid('display_name', 'must be a name without control characters')
  return name
}

function localeOf(tag: string): string {
  try {
    const [locale] = Intl.getCanonicalLocales(tag)
    if (locale) return locale
  } catch {}
  throw invalid('locale', 'must be a language tag (BCP 47) such as fr-CH')
}

function timeZoneOf(name: string): string {
  try {
    // Intl takes offsets such as +01:00 as well; they know no daylight saving time.
    if (/^[A-Za-z]/.test(name)) {
      new Intl.DateTimeFormat('en', { timeZone: name })
      return name
    }
  } catch {}
  throw invalid('time_zone', 'must be a time zone of the IANA database such as Europe/Zurich')
}

const invalid = (member: string, message: string) =>
  new AppError('invalid', 'invalid_request_body', `The request is not valid: body.${member} ${message}.`, {
    details: [{ path: `body.${member}`, message }],
  })
