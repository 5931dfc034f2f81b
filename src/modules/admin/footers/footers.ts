import type { Database, Transact } from '#platform/database/database.ts'
import { etagMismatch, etagOf, isMatch } from '#platform/http/etag.ts'
import type { LiveSettings } from '#platform/settings/live-settings.ts'
import { type Caller, recordChange } from '../changes.ts'
import { policyStore } from '../policies/policy-store.ts'

const footersKey = 'mail.footers'

/** What is put below messages as they leave: for people of one of `groups`, or for everybody where it is null. */
export type Footer = {
  groups: readonly string[] | null
  recipients: 'all' | 'internal' | 'external'
  text: string
  html: string
}
export type Footers = { internal_domains: readonly string[]; footers: readonly Footer[] }

const noFooters: Footers = { internal_domains: [], footers: [] }

/** For mail: what is put below what somebody sends. In force within five seconds. */
export function createFooterEvaluation({ database, settings }: { database: Database; settings: LiveSettings }) {
  return async (personId: string) => {
    const { footers, internal_domains: internalDomains } =
      (settings.get(footersKey) as unknown as Footers | undefined) ?? noFooters
    if (footers.length === 0) return { items: [], internalDomains }
    const groups = await policyStore.groupsOf(database, personId)
    const isTheirs = (footer: Footer) => footer.groups === null || footer.groups.some((group) => groups.includes(group))
    return { items: footers.filter(isTheirs), internalDomains }
  }
}

export type FooterEditing = ReturnType<typeof createFooterEditing>

/** Footers as their administrators see and change them: all at once. */
export function createFooterEditing({ transact, settings }: { transact: Transact; settings: LiveSettings }) {
  return {
    etagOf,
    view: (): Promise<Footers> =>
      transact(async (tx) => ((await settings.lock(tx, footersKey)) as unknown as Footers | undefined) ?? noFooters),

    /** @throws AppError `etag_mismatch`. */
    replace: (caller: Caller, next: Footers, ifMatch: string | undefined): Promise<Footers> =>
      transact(async (tx) => {
        const before = ((await settings.lock(tx, footersKey)) as unknown as Footers | undefined) ?? noFooters
        if (!isMatch(ifMatch, etagOf(before))) throw etagMismatch()
        await settings.put(tx, footersKey, next as never)
        const action = 'admin.footers_changed'
        await recordChange(tx, caller, { action, before: before as never, after: next as never })
        return ((await settings.lock(tx, footersKey)) as unknown as Footers | undefined) ?? next
      }),
  }
}
