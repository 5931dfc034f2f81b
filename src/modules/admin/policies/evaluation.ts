import type { Database, Queryable } from '#platform/database/database.ts'
import { AppError } from '#platform/errors.ts'
import type { LiveSettings } from '#platform/settings/live-settings.ts'
import {
  attachmentFault,
  mayForwardTo,
  mayUseMailHost,
  narrowed,
  noPolicies,
  type Policies,
  type Policy,
  policyFor,
} from './policy.ts'
import { policyStore as store } from './policy-store.ts'

export const policiesKey = 'policies'
const policiesOf = (settings: Pick<LiveSettings, 'get'>): Policies =>
  (settings.get(policiesKey) as unknown as Policies | undefined) ?? noPolicies

/** The one place where policies are evaluated; modules ask it and know no policy. In force within five seconds. */
export function createPolicyEvaluation({ database, settings }: { database: Database; settings: LiveSettings }) {
  const ofGroups = (groups: readonly string[]): Policy => policyFor(groups, policiesOf(settings)).policy
  const ofPerson = async (personId: string, db: Queryable = database): Promise<Policy> => {
    const policies = policiesOf(settings)
    return policies === noPolicies ? {} : policyFor(await store.groupsOf(db, personId), policies).policy
  }

  return {
    /** What is left of the permissions of whoever is in `groups`. */
    narrow: (groups: readonly string[], granted: ReadonlySet<string>): ReadonlySet<string> =>
      narrowed(granted, ofGroups(groups)),

    /** For drive. */
    sharing: {
      mayShareOutside: async (personId: string): Promise<boolean> =>
        (await ofPerson(personId)).external_sharing?.is_allowed !== false,
    },

    /** For sign-in and personal tokens; undefined for no limit but the configuration's. */
    lifetimes: {
      sessionMs: async (personId: string): Promise<number | undefined> => {
        const { session_hours: hours } = await ofPerson(personId)
        return hours === undefined ? undefined : hours * 3_600_000
      },
      tokenDays: async (personId: string): Promise<number | undefined> => (await ofPerson(personId)).token_days,
    },

    mail: {
      /** @throws AppError `mail.host_not_allowed`. */
      async requireHosts(db: Queryable, personId: string, hosts: readonly string[]): Promise<void> {
        const policy = await ofPerson(personId, db)
        const refused = hosts.find((host) => !mayUseMailHost(policy, host))
        if (refused !== undefined) throw hostNotAllowed(refused)
      },
      /** @throws AppError `mail.forwarding_not_allowed`. */
      async requireForwarding(db: Queryable, personId: string, address: string): Promise<void> {
        if (!mayForwardTo(await ofPerson(personId, db), address)) throw forwardingNotAllowed()
      },
      /** @throws AppError `mail.attachment_type_not_allowed`, `request_body_too_large`. */
      async requireAttachment(
        db: Queryable,
        personId: string,
        file: { filename: string; sizeBytes: number | undefined },
      ): Promise<void> {
        const policy = await ofPerson(personId, db)
        const fault = attachmentFault(policy, file)
        if (fault === 'type') throw typeNotAllowed(file.filename)
        if (fault === 'size') throw attachmentTooLarge(policy.attachments?.max_bytes ?? 0)
      },
      /** What is deleted after which time. */
      retention: async (personId: string) => (await ofPerson(personId)).retention ?? [],
    },
  }
}

const hostNotAllowed = (host: string) =>
  new AppError(
    'forbidden',
    'mail.host_not_allowed',
    `Mail accounts at "${host}" are not allowed here; ask your administrator which are.`,
  )
const forwardingNotAllowed = () =>
  new AppError(
    'forbidden',
    'mail.forwarding_not_allowed',
    'Mail may not be forwarded to this address; ask your administrator where it may be.',
  )
const typeNotAllowed = (filename: string) =>
  new AppError(
    'forbidden',
    'mail.attachment_type_not_allowed',
    `Files like "${filename}" may not be attached here; send a link to it, or ask your administrator.`,
  )
const attachmentTooLarge = (maxBytes: number) =>
  new AppError(
    'invalid',
    'request_body_too_large',
    `A file to be attached may have ${maxBytes} bytes here; send a link to a larger one.`,
  )
