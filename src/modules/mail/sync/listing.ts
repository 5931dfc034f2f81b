import type { ImapFlow } from 'imapflow'
import { fetchListing, fetchStubs, type ListedMessage } from '#integrations/imap/imap-fetch.ts'

const maxBatch = 1000

/**
 * Fetches listings in batches whose size survives the connection: a message that kills it (an answer beyond the
 * limits of the parser) would otherwise do so for ever. Each death halves the batch; alone, such a message is asked
 * for nothing but its flags and dates.
 */
export function createListing() {
  let batchSize = maxBatch
  let isStubNext = false
  return {
    get batchSize() {
      return batchSize
    },
    /** At most `batchSize` UIDs, ascending. */
    async fetch(client: ImapFlow, uids: readonly number[]): Promise<ListedMessage[]> {
      try {
        const listed = isStubNext ? await fetchStubs(client, uids) : await fetchListing(client, uids)
        isStubNext = false
        batchSize = Math.min(maxBatch, batchSize * 2)
        return listed
      } catch (error) {
        isStubNext = batchSize === 1
        batchSize = Math.max(1, Math.floor(batchSize / 2))
        throw error
      }
    },
  }
}

export type Listing = ReturnType<typeof createListing>
