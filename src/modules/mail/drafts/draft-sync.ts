import type { ImapFlow } from 'imapflow'
import type { Objects } from '#platform/objects/objects.ts'
import type { AccountContext, ConnectedAccount } from '../sync/account-context.ts'
import type { Folder } from '../sync/folder-store.ts'
import { createGate } from '../sync/gate.ts'
import { pickUpDrafts } from './draft-pickup.ts'
import { writeDrafts } from './draft-writes.ts'

/** Bytes of drafts that a node holds at once while it gives them to mail servers, which want to know how many come. */
const maxBytesHeld = 64 * 1024 * 1024

/** What the node that syncs an account does for its drafts. */
export type DraftSync = {
  /** Copies to the server what was written here. @returns the folder that is to be synced now. */
  write(account: ConnectedAccount, client: ImapFlow): Promise<string | undefined>
  /** Learns from the Drafts folder, as it was just synced, what other programs wrote. @returns whether to look again. */
  pickUp(account: AccountContext, folder: Folder): Promise<boolean>
}

export function createDraftSync({ objects }: { objects: Objects }): DraftSync {
  const gate = createGate(maxBytesHeld)
  return {
    write: (account, client) => writeDrafts({ account, client, objects, gate }),
    pickUp: pickUpDrafts,
  }
}
