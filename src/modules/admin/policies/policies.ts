import type { Database, Transact } from '#platform/database/database.ts'
import type { Json } from '#platform/database/generated.ts'
import { notFound } from '#platform/errors.ts'
import { etagMismatch, etagOf, isMatch } from '#platform/http/etag.ts'
import type { LiveSettings } from '#platform/settings/live-settings.ts'
import { type Caller, recordChange } from '../changes.ts'
import { personStore } from '../people/person-store.ts'
import { policiesKey } from './evaluation.ts'
import { noPolicies, type Policies, policyFor } from './policy.ts'

export type PolicyEditing = ReturnType<typeof createPolicyEditing>

/** Policies as their administrators see and change them: all at once, so that no half of a change is ever in force. */
export function createPolicyEditing(deps: { database: Database; transact: Transact; settings: LiveSettings }) {
  const { database, transact, settings } = deps
  const current = (): Promise<Policies> =>
    transact(async (tx) => ((await settings.lock(tx, policiesKey)) as unknown as Policies | undefined) ?? noPolicies)

  return {
    view: current,
    etagOf: (policies: Policies): string => etagOf(policies),

    /** @throws AppError `etag_mismatch`. */
    replace: (caller: Caller, next: Policies, ifMatch: string | undefined): Promise<Policies> =>
      transact(async (tx) => {
        const before = ((await settings.lock(tx, policiesKey)) as unknown as Policies | undefined) ?? noPolicies
        if (!isMatch(ifMatch, etagOf(before))) throw etagMismatch()
        await settings.put(tx, policiesKey, next as unknown as Json)
        const change = { before: before as unknown as Json, after: next as unknown as Json }
        await recordChange(tx, caller, { action: 'admin.policies_changed', ...change })
        // As it is read from now on: its ETag is of that.
        return ((await settings.lock(tx, policiesKey)) as unknown as Policies | undefined) ?? next
      }),

    /** What holds for a person, and by whose word. @throws AppError `not_found`. */
    async effective(personId: string) {
      const person = await personStore.find(database, personId)
      if (!person) throw notFound('person')
      return { groups: person.groups, ...policyFor(person.groups, await current()) }
    },
  }
}
