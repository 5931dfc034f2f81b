import type { Database } from '#platform/database/database.ts'
import type { ObjectReferences } from '#platform/objects/orphan-collection.ts'
import { outboxStore } from './outbox-store.ts'

/** The stored MIME of outgoing mail, `outbox/<owner>/<id>`, is in use as long as its row is there. */
export const outboxObjects = (database: Database): ObjectReferences => ({
  prefix: 'outbox/',
  async isReferenced(keys) {
    const messages = keys.map((key) => key.split('/')).map(([, ownerId = '', id = '']) => ({ ownerId, id }))
    return new Set(await outboxStore.objectsOf(database, messages))
  },
})
