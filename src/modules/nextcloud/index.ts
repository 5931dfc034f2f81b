import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { NextcloudConfig } from '#config/config.ts'
import {
  type Authorize,
  basicAuthorization,
  createNextcloudClient,
  type Nextcloud,
  type NextcloudClient,
  type NextcloudPerson,
} from '#integrations/nextcloud/nextcloud-client.ts'
import { createPersonTokens } from '#integrations/nextcloud/person-tokens.ts'
import { createProvisioning } from '#integrations/nextcloud/provisioning.ts'
import { createUserAdministration } from '#integrations/nextcloud/user-administration.ts'
import { createShortMemory } from '#platform/auth/short-memory.ts'
import type { Database, Transact } from '#platform/database/database.ts'
import type { Sweep } from '#platform/jobs/jobs.ts'
import type { Logger } from '#platform/observability/log.ts'
import type { Metrics } from '#platform/observability/metrics.ts'
import type { Upstreams } from '#platform/observability/upstreams.ts'
import type { KeyRing } from '#platform/secrets/key-ring.ts'
import type { SealedColumn } from '#platform/secrets/sealed-columns.ts'
import { sealedAppPasswords } from './accounts/account-store.ts'
import { createAccounts, type NextcloudAccount, signInRequired } from './accounts/accounts.ts'
import { createNextcloudAdministration } from './accounts/administration.ts'
import { startIssuerServer } from './issuer/issuer-server.ts'
import { sealedSigningKeys } from './issuer/signing-key-store.ts'
import { createSigningKeys, type SigningKeys } from './issuer/signing-keys.ts'
import { loginRoutes } from './login/login-routes.ts'
import { sealedPollTokens } from './login/login-store.ts'
import { createLogins } from './login/logins.ts'
import { personNextcloudFiles } from './person-files.ts'
import { type Handover, transferAtNextcloud } from './person-transfer.ts'

export type NextcloudDeps = {
  database: Database
  transact: Transact
  keyRing: KeyRing
  metrics: Metrics
  upstreams: Upstreams
  log: Logger
  config: NextcloudConfig
  adminPassword: string | undefined
}

export type { NextcloudAdministration } from './accounts/administration.ts'

/** Where this module keeps what the key ring sealed. */
export const sealedColumns: readonly SealedColumn[] = [sealedAppPasswords, sealedPollTokens, sealedSigningKeys]

/** People at Nextcloud: who they are there, and how ultid acts for them. */
export function createNextcloudModule(deps: NextcloudDeps) {
  const { config, log } = deps
  const client = createNextcloudClient(deps)
  const isIssuer = config.auth === 'issuer'
  const keys = createSigningKeys(deps)
  const admin = isIssuer ? adminOf(deps, client) : undefined
  const provision = admin && createProvisioning(admin).ensure
  const people = createPeople(deps, { client, keys, accounts: createAccounts({ ...deps, provision }) })
  const logins = isIssuer ? undefined : createLogins({ ...deps, client, forget: people.forget })
  const routes: FastifyPluginAsyncTypebox = async (http) => {
    await http.register(loginRoutes({ logins, uidOf: async (ownerId) => (await people.as(ownerId)).uid }))
  }
  const sweep: Sweep = {
    name: 'nextcloud-upkeep',
    everySeconds: 3600,
    run: isIssuer ? keys.rotate : async () => logins?.removeExpired(),
  }
  const nextcloud: Nextcloud = { as: people.as }
  const users = admin && createUserAdministration(admin)
  const administration = users && createNextcloudAdministration({ ...deps, users, forget: people.forget })
  return {
    nextcloud,
    /** What lies behind public links. */
    links: client.links,
    /** Undefined where ultid does not have the administrator's password. */
    administration,
    /** For administration: files, calendars and contacts in archives, and the account there removed. */
    personData: {
      name: 'nextcloud',
      files: (personId: string, signal: AbortSignal) => personNextcloudFiles(nextcloud, personId, signal),
      transfer: (handover: Handover) => transferAtNextcloud(nextcloud, handover),
      ...(administration && { eraseOutside: administration.remove }),
    },
    routes,
    sweeps: [sweep],
    check: client.check,
    /** Listens for Nextcloud, where ultid is an issuer to it. */
    startIssuer: async () =>
      isIssuer ? startIssuerServer({ ...config.issuer, issuer: config.issuer.url, keys, log }) : undefined,
    close: client.close,
  }
}

function adminOf({ config, adminPassword = '' }: NextcloudDeps, client: NextcloudClient) {
  const { adminUser, issuer } = config
  const { ocs } = client.person(adminUser, async () => basicAuthorization(adminUser, adminPassword))
  return { ocs, adminUser, providerId: issuer.providerId }
}

const rememberedMs = 60_000

/** Each person's client, remembered for a minute. */
function createPeople(
  { config, keyRing }: NextcloudDeps,
  deps: { client: NextcloudClient; keys: SigningKeys; accounts: ReturnType<typeof createAccounts> },
) {
  const { client, keys, accounts } = deps
  const tokens = createPersonTokens({
    issuer: config.issuer.url,
    audience: config.issuer.clientId,
    signingKey: keys.signingKey,
  })
  const known = createShortMemory<NextcloudPerson>(20_000)

  function authorizationOf(ownerId: string, { uid, appPassword }: NextcloudAccount): Authorize {
    if (appPassword === null) return async (options) => `Bearer ${await tokens.tokenOf(uid, options)}`
    const header = basicAuthorization(uid, keyRing.decrypt(appPassword, sealedAppPasswords.bindingOf(ownerId)))
    return async ({ isStale }) => {
      if (!isStale) return header
      // Nextcloud took the password back.
      known.delete(ownerId)
      throw signInRequired()
    }
  }

  return {
    async as(ownerId: string): Promise<NextcloudPerson> {
      const remembered = known.get(ownerId)
      if (remembered) return remembered
      const account = await accounts.resolve(ownerId)
      const person = client.person(account.uid, authorizationOf(ownerId, account))
      known.set(ownerId, person, Date.now() + rememberedMs)
      return person
    },
    forget: (ownerId: string): void => void known.delete(ownerId),
  }
}
