import type { Tx } from '#platform/database/database.ts'
import { enqueue } from '#platform/jobs/jobs.ts'
import { extractContents } from '../contents/contents.ts'
import { documentRow } from './document-row.ts'
import { documentStore } from './document-store.ts'
import { grantStore } from './grant-store.ts'
import type { SearchDocument } from './search-document.ts'

export type SearchIndex = ReturnType<typeof createSearchIndex>

/** Documents of somebody that another may find: those of a type in a container. */
export type SearchGrant = { ownerId: string; readerId: string; type: string; containerId: string }

/**
 * Where modules write what is to be found of them, in the transaction that stores it: both are there or neither. A
 * module that mirrors another system calls it where it stores its sync token.
 */
export function createSearchIndex() {
  return {
    /**
     * Makes documents findable, or changes what they are found by. Whatever is not named in a document is empty from then
     * on, but the text of its content stays until the `version` changes. Some hundreds at once are well.
     */
    async put(tx: Tx, documents: readonly SearchDocument[]): Promise<void> {
      if (documents.length === 0) return
      for (const ownerId of await documentStore.put(tx, documents.map(documentRow))) {
        await enqueue(tx, extractContents, { ownerId }, { key: `search-contents-${ownerId}` })
      }
    },

    /** Makes documents unfindable at once. Those that are not there are no error. */
    remove: (tx: Tx, ownerId: string, type: string, ids: readonly string[]): Promise<void> =>
      documentStore.remove(tx, ownerId, type, ids),

    /** The same for all of a type, or of it what lies in a container: a calendar that is gone, a folder deleted. */
    removeAll: (tx: Tx, ownerId: string, type: string, containerId?: string): Promise<void> =>
      documentStore.removeAll(tx, ownerId, type, containerId),

    /** Lets somebody find what lies in a container of another, from now on and whatever comes into it. */
    async share(tx: Tx, grant: SearchGrant): Promise<void> {
      // One's own things are found anyway.
      if (grant.readerId !== grant.ownerId) await grantStore.add(tx, grant)
    },

    /** Takes it back at once; without `readerId` from everybody. */
    unshare: (tx: Tx, grant: Omit<SearchGrant, 'readerId'> & { readerId?: string }): Promise<void> =>
      grantStore.remove(tx, grant),
  }
}
