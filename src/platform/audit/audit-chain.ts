import type { Database } from '#platform/database/database.ts'
import { type ChainFault, type ChainHead, auditChainStore as store } from './audit-chain-store.ts'

export type { ChainFault, ChainHead } from './audit-chain-store.ts'

export type Verification = { entries: number; chains: number; faults: ChainFault[] }

const ownersAtOnce = 500
const faultsShown = 100
const nobody = '00000000-0000-0000-0000-000000000000'

/**
 * Holds every entry of the audit log against its hash and its neighbours: what was changed, left out, put in between or
 * cut off shows. Somebody who can write the database could make all hashes anew; for that, heads that were kept
 * elsewhere (`auditHeads`) are given as `remembered`.
 */
export async function verifyAudit(database: Database, remembered: readonly ChainHead[] = []): Promise<Verification> {
  const result: Verification = { entries: 0, chains: 0, faults: [] }
  for await (const owners of ownersOf(database)) {
    for (const ownerId of owners) {
      const { entries, faults } = await store.check(database, ownerId, faultsShown)
      result.entries += entries
      if (entries > 0) result.chains++
      result.faults.push(...faults.slice(0, faultsShown - result.faults.length))
    }
  }
  const lost = remembered.length > 0 ? await store.lostHeads(database, remembered) : []
  return { ...result, faults: [...result.faults, ...lost.slice(0, faultsShown)] }
}

/** Where each chain ends now, to be kept where nobody who writes the database can change it. */
export async function* auditHeads(database: Database): AsyncGenerator<ChainHead> {
  for await (const owners of ownersOf(database)) yield* await store.heads(database, owners)
}

async function* ownersOf(database: Database): AsyncGenerator<string[]> {
  // Behind the nil UUID are all others, and that one stands for nobody.
  let after = nobody
  yield [after]
  for (;;) {
    const owners = await store.owners(database, after, ownersAtOnce)
    const last = owners.at(-1)
    if (last === undefined) return
    yield owners
    after = last
  }
}
