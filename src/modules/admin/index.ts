import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { AuthentikConfig } from '#config/config.ts'
import { createAuthentikClient } from '#integrations/authentik/authentik-client.ts'
import type { Issuer } from '#platform/auth/issuer.ts'
import type { PermissionTable } from '#platform/auth/permissions.ts'
import type { Suspensions as Credentials } from '#platform/auth/suspensions.ts'
import type { Database, Transact } from '#platform/database/database.ts'
import type { HealthCheck } from '#platform/observability/health.ts'
import type { Logger } from '#platform/observability/log.ts'
import type { Upstreams } from '#platform/observability/upstreams.ts'
import { auditRoutes } from './audit/audit-routes.ts'
import { createAuditTrail } from './audit/audit-trail.ts'
import { footerRoutes } from './footers/footer-routes.ts'
import { createFooterEditing } from './footers/footers.ts'
import { createOffboarding, type OffboardingDeps } from './offboarding/offboarding.ts'
import type { PersonData } from './offboarding/person-data.ts'
import { createOperations, type OperationsDeps } from './operations/operations.ts'
import { createDirectory } from './people/directory.ts'
import { groupRoutes } from './people/group-routes.ts'
import { createGroups } from './people/groups.ts'
import { createOutsideWords, type OutsideAccess } from './people/outside-access.ts'
import { createPeople, type PersonUsage } from './people/people.ts'
import { personRoutes } from './people/person-routes.ts'
import { createSuspensions, type PersonWork } from './people/suspensions.ts'
import { createPolicyEditing } from './policies/policies.ts'
import { policyRoutes } from './policies/policy-routes.ts'
import { driveQuotaRoutes } from './quotas/drive-quota-routes.ts'
import { createDriveQuotas, type FileStorage } from './quotas/drive-quotas.ts'
import { createPersonQuotas } from './quotas/person-quotas.ts'
import { createQuotaEditing } from './quotas/quota-editing.ts'
import type { QuotaEvaluation } from './quotas/quota-evaluation.ts'
import { ownStorageRoutes, quotaRoutes } from './quotas/quota-routes.ts'

export { createFooterEvaluation } from './footers/footers.ts'
export type { PersonData } from './offboarding/person-data.ts'
export type { MailOperations } from './operations/troubles.ts'
export type { OutsideAccess } from './people/outside-access.ts'
export type { PersonUsage } from './people/people.ts'
export type { PersonWork } from './people/suspensions.ts'
export { createPolicyEvaluation } from './policies/evaluation.ts'
export { createQuotaEvaluation, type QuotaEvaluation } from './quotas/quota-evaluation.ts'

export type AdminDeps = {
  database: Database
  transact: Transact
  log: Logger
  upstreams: Upstreams
  authentik: AuthentikConfig & { token: string | undefined }
  discover: () => Promise<Issuer>
  permissionTable: PermissionTable
  credentials: Credentials
  /** Of the modules: what stops with its person, and what they know of people. */
  work: readonly PersonWork[]
  usage: readonly PersonUsage[]
  /** Systems that keep people of their own, beside the directory. */
  outside: readonly OutsideAccess[]
  quotas: QuotaEvaluation
  /** Undefined where nobody's quota can be set. */
  fileStorage: FileStorage | undefined
  operations: Omit<OperationsDeps, 'database' | 'transact' | 'log' | 'driveQuotas'>
  offboarding: Pick<OffboardingDeps, 'objects' | 'cache' | 'data' | 'secretColumns' | 'objectReferences'>
}

/** Administration. */
export function createAdminModule(deps: AdminDeps) {
  const { authentik, upstreams } = deps
  const client =
    authentik.url === undefined
      ? undefined
      : createAuthentikClient({ url: authentik.url, token: authentik.token ?? '', upstreams })
  const directory = client && createDirectory({ ...deps, client, subject: authentik.subject })
  const inDirectory: OutsideAccess[] = directory
    ? [{ system: 'authentik', setActive: (personId, isActive) => directory.setActive(personId, isActive) }]
    : []
  const outside = createOutsideWords({ ...deps, systems: [...inDirectory, ...deps.outside] })
  const driveQuotas = createDriveQuotas(deps)
  const presentedQuotas = createPersonQuotas({ ...deps, drive: driveQuotas })
  const shared = { ...deps, outside, directory, presentedQuotas }
  const operations = createOperations({ ...deps, ...deps.operations, driveQuotas })
  const inDirectoryOnly: PersonData[] = directory
    ? [{ name: 'directory', eraseOutside: (personId) => directory.remove(personId) }]
    : []
  const offboarding = createOffboarding({
    ...{ ...deps, ...deps.offboarding },
    data: [...deps.offboarding.data, ...inDirectoryOnly],
  })
  const routes: FastifyPluginAsyncTypebox = async (http) => {
    await http.register(personRoutes(createPeople(shared), createSuspensions(shared)))
    await http.register(driveQuotaRoutes(driveQuotas))
    const quotaEditing = createQuotaEditing({ ...deps, ...deps.operations, drive: driveQuotas })
    await http.register(quotaRoutes(quotaEditing, presentedQuotas))
    await http.register(groupRoutes(createGroups({ ...shared, client })))
    await http.register(auditRoutes(createAuditTrail(deps)))
    await http.register(operations.routes)
    await http.register(offboarding.routes)
    await http.register(footerRoutes(createFooterEditing({ ...deps, ...deps.operations })))
    await http.register(policyRoutes(createPolicyEditing({ ...deps, ...deps.operations })))
  }
  const checks: HealthCheck[] = client ? [{ name: 'authentik', check: client.check, isEssential: false }] : []
  return {
    routes,
    /** What everybody sees of their own; below the account's addresses. */
    ownRoutes: ownStorageRoutes(presentedQuotas),
    /** Removes all of an owner who is no person, once the transaction commits. */
    eraseOwner: offboarding.eraseOwner,
    jobs: [outside.handler, driveQuotas.handler, ...operations.jobs, ...offboarding.jobs],
    sweeps: [outside.sweep, driveQuotas.sweep, ...offboarding.sweeps],
    objectReferences: offboarding.objectReferences,
    checks,
    close: async () => client?.close(),
  }
}
