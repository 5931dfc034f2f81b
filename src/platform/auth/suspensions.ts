import { onCommit, type Tx } from '#platform/database/database.ts'
import type { Endings } from './endings.ts'
import { sessionStore } from './session-store.ts'
import type { Sessions } from './sessions.ts'
import { suspensionStore as store } from './suspension-store.ts'

export type Suspensions = ReturnType<typeof createSuspensions>

/**
 * Keeps a person out with everything they might come in by. Sessions end for good; personal tokens and device passwords
 * are taken again once the person is back.
 */
export function createSuspensions({
  sessions,
  endings,
}: {
  sessions: Pick<Sessions, 'announceEnd'>
  endings: Endings
}) {
  return {
    /** False when the person is suspended already. */
    async suspend(tx: Tx, personId: string): Promise<boolean> {
      if (!(await store.suspend(tx, personId))) return false
      for (const { id } of await sessionStore.removeAll(tx, personId)) sessions.announceEnd(tx, personId, id)
      await store.removeTickets(tx, personId)
      const credentials = [null, ...(await store.credentialIds(tx, personId))]
      onCommit(tx, () => {
        for (const credentialId of credentials) endings.announce({ ownerId: personId, credentialId })
      })
      return true
    },
    /** False when the person is not suspended. */
    reactivate: (tx: Tx, personId: string): Promise<boolean> => store.reactivate(tx, personId),
  }
}
