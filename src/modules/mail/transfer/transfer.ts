import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { ImapConnect } from '#integrations/imap/imap-connect.ts'
import type { Database, Transact } from '#platform/database/database.ts'
import type { Events } from '#platform/events/events.ts'
import type { JobHandler, Sweep } from '#platform/jobs/jobs.ts'
import type { Objects } from '#platform/objects/objects.ts'
import type { ObjectReferences } from '#platform/objects/orphan-collection.ts'
import type { Logger } from '#platform/observability/log.ts'
import type { Connections } from '../accounts/connections.ts'
import { mailboxStore } from '../mailboxes/mailbox-store.ts'
import type { MailPolicies } from '../policies.ts'
import type { Wake } from '../wake.ts'
import { exportRoutes } from './export-routes.ts'
import { createExportStore } from './export-store.ts'
import { createExports } from './exports.ts'
import { createImportContent, importObjects } from './import-content.ts'
import { importHandlers, importSweeps } from './import-jobs.ts'
import { importRoutes } from './import-routes.ts'
import { createImportRuns } from './import-runs.ts'
import { createImports } from './imports.ts'
import { personMailFiles, personMailTables } from './person-files.ts'

export type TransferDeps = {
  database: Database
  transact: Transact
  events: Events
  objects: Objects
  connections: Connections
  imapConnect: ImapConnect
  wake: Wake
  log: Logger
  maxImportBytes: number
  policies?: Pick<MailPolicies, 'quota'> | undefined
}

/** Moving in with one's mail, and out. */
export function createTransfer(deps: TransferDeps): {
  plugins: FastifyPluginAsyncTypebox[]
  handlers: JobHandler[]
  sweeps: Sweep[]
  objectReferences: ObjectReferences[]
  /** All that is a person's, for whoever puts everything of theirs together. */
  personData: {
    name: string
    tables: readonly string[]
    files: (personId: string, signal: AbortSignal) => ReturnType<typeof personMailFiles>
    ownedBy: (personId: string) => Promise<string[]>
    forget: (personId: string) => Promise<void>
  }
} {
  const { database } = deps
  const content = createImportContent(deps)
  const store = createExportStore(database)
  const exports = createExports({ ...deps, store })
  return {
    plugins: [importRoutes(createImports({ ...deps, content, maxBytes: deps.maxImportBytes })), exportRoutes(exports)],
    handlers: importHandlers(createImportRuns({ ...deps, content })),
    sweeps: importSweeps(deps),
    objectReferences: [importObjects(database)],
    personData: {
      ...{ name: 'mail', tables: personMailTables },
      files: (personId, signal) => personMailFiles({ database, store, exports }, personId, signal),
      ownedBy: (personId) => mailboxStore.lentBy(database, personId),
      forget: (personId) => mailboxStore.forgetSender(database, personId),
    },
  }
}
