import type { Config, Secrets } from '#config/config.ts'
import {
  type AdminDeps,
  createAdminModule,
  type MailOperations,
  type PersonData,
  type PersonUsage,
  type PersonWork,
} from '#modules/admin/index.ts'
import type { NextcloudAdministration } from '#modules/nextcloud/index.ts'
import type { Suspensions } from '#platform/auth/suspensions.ts'
import type { Cache } from '#platform/cache/cache.ts'
import type { Objects } from '#platform/objects/objects.ts'
import type { ObjectReferences } from '#platform/objects/orphan-collection.ts'
import type { HealthCheck } from '#platform/observability/health.ts'
import type { KeyRing } from '#platform/secrets/key-ring.ts'
import type { SealedColumn } from '#platform/secrets/sealed-columns.ts'
import type { LiveSettings } from '#platform/settings/live-settings.ts'

export type AdministrationDeps = Pick<AdminDeps, 'database' | 'transact' | 'log' | 'upstreams' | 'quotas'> & {
  config: Config
  secrets: Secrets
  account: { discover: AdminDeps['discover']; suspensions: Suspensions; usage: PersonUsage; personData: PersonData }
  mail: { persons: { work: PersonWork; usage: PersonUsage }; operations: MailOperations; personData: PersonData }
  meet: { personData: PersonData } | undefined
  photos: { personData: PersonData } | undefined
  nextcloud: { administration: NextcloudAdministration | undefined; personData: readonly PersonData[] }
  objects: Objects
  cache: Cache
  objectReferences: () => readonly ObjectReferences[]
  version: string
  checks: readonly HealthCheck[]
  settings: LiveSettings
  keyRing: KeyRing
  sealedColumns: readonly SealedColumn[]
}

/** Of credentials: no archive holds them. */
const hashColumns = ['secret_hash', 'token_hash', 'password_hash']

/** Administration, joined with what it administers. */
export function createAdministration(deps: AdministrationDeps) {
  const { config, secrets, account, mail, meet, photos, nextcloud } = deps
  return createAdminModule({
    ...{ ...deps, permissionTable: config.permissions, discover: account.discover },
    authentik: { ...config.authentik, token: secrets.authentikToken },
    credentials: account.suspensions,
    work: [mail.persons.work],
    usage: [mail.persons.usage, account.usage],
    fileStorage: nextcloud.administration,
    outside: nextcloud.administration ? [nextcloud.administration.access] : [],
    operations: {
      ...{ ...deps, mail: mail.operations, rotating: config.rotation.secrets },
      activeKeyId: secrets.activeCredentialKeyId,
    },
    offboarding: {
      ...{ objects: deps.objects, cache: deps.cache, objectReferences: deps.objectReferences },
      data: [
        account.personData,
        mail.personData,
        ...nextcloud.personData,
        ...[meet, photos].flatMap((one) => one?.personData ?? []),
      ],
      secretColumns: [...new Set([...deps.sealedColumns.map(({ column }) => column), ...hashColumns])],
    },
  })
}
