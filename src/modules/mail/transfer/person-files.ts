import type { Readable } from 'node:stream'
import type { Database } from '#platform/database/database.ts'
import { harmlessName } from '#platform/http/content-disposition.ts'
import { accountStore } from '../accounts/account-store.ts'
import type { ExportStore } from './export-store.ts'
import { type Exports, pathsOf } from './exports.ts'

type PersonFile = { path: string; open: () => Promise<Readable> }

const accountsAtMost = 1000

/** What people have set and written here; messages are read from their servers. */
export const personMailTables = [
  ...['mail_account', 'mail_identity', 'mail_template', 'mail_label', 'mail_draft', 'mail_rule', 'mail_vacation'],
  ...['mail_blocked_sender', 'mail_preference'],
]

/** All mail of a person: an mbox file for each folder of each account, read from its server when it is opened. */
export async function* personMailFiles(
  deps: { database: Database; store: ExportStore; exports: Exports },
  personId: string,
  signal: AbortSignal,
): AsyncGenerator<PersonFile> {
  const { database, store, exports } = deps
  const accounts = await accountStore.list(database, personId, { after: undefined, limit: accountsAtMost })
  for (const { id, email } of accounts) {
    for (const [path, folder] of pathsOf(await store.folders(personId, id))) {
      yield {
        path: `${harmlessName(email)}-${id.slice(-6)}/${path}`,
        open: async () => (await exports.folder(personId, folder.id, signal)).stream,
      }
    }
  }
}
