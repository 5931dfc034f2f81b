import type { Sweep } from '#platform/jobs/jobs.ts'
import type { Logger } from '#platform/observability/log.ts'
import type { ObjectEntry, Objects } from './objects.ts'

/**
 * Who knows which objects below `prefix` (it ends in `/`) are in use. A key that nothing refers to any more must not
 * come into use again without being put again: keys with a random part never do.
 */
export type ObjectReferences = {
  readonly prefix: string
  /** Those of `keys` that something refers to. */
  isReferenced(keys: string[]): Promise<ReadonlySet<string>>
}

export type OrphanCollectionOptions = {
  objects: Objects
  references: readonly ObjectReferences[]
  /** An object is put before the row that refers to it is committed: younger ones may be about to be. */
  minimumAgeHours?: number
  log: Logger
  /** Looked at in one run; the next one goes on from there. */
  keysPerRun?: number
  everySeconds?: number
  now?: () => Date
}

const pageSize = 500

/**
 * Removes, little by little, the objects that nothing refers to, and the remains of puts that died. Nothing of a page
 * is deleted unless all of it could be checked. Objects below no prefix of `references` are never touched.
 * @throws Error at once for prefixes that do not end in `/` or overlap, which would delete what another one refers to.
 */
export function createOrphanCollection(options: OrphanCollectionOptions): Sweep {
  const { objects, references, log, minimumAgeHours = 24, keysPerRun = 5000, everySeconds = 600 } = options
  const now = options.now ?? (() => new Date())
  checkPrefixes(references.map(({ prefix }) => prefix))
  const positions = new Map<string, string>()
  let turn = 0

  /** One page. @returns what is left to do below the prefix, and how many keys that were. */
  async function collectPage(reference: ObjectReferences, before: Date, limit: number) {
    const { prefix } = reference
    const entries = await objects.list(prefix, { after: positions.get(prefix), limit })
    const old = entries.filter(({ modifiedAt }) => modifiedAt < before)
    const referenced = await referencedOf(reference, old)
    // Looked at again in the next run: whatever of it is an orphan stays one.
    if (!referenced) return { seen: entries.length, hasMore: false }
    await deleteAll(old.filter(({ key }) => !referenced.has(key)))
    const last = entries.at(-1)
    const hasMore = last !== undefined && entries.length === limit
    if (hasMore) positions.set(prefix, last.key)
    else positions.delete(prefix)
    return { seen: entries.length, hasMore }
  }

  async function referencedOf(reference: ObjectReferences, entries: ObjectEntry[]) {
    if (entries.length === 0) return new Set<string>()
    try {
      return await reference.isReferenced(entries.map(({ key }) => key))
    } catch (error) {
      log.warn({ prefix: reference.prefix, err: error }, 'orphaned objects stay: it is not known which ones are in use')
    }
  }

  async function deleteAll(orphans: ObjectEntry[]): Promise<void> {
    for (const { key, size, modifiedAt } of orphans) {
      await objects.delete(key)
      log.info({ key, size, modifiedAt }, 'orphaned object deleted')
    }
  }

  return {
    name: 'orphaned_objects',
    everySeconds,
    async run() {
      const before = new Date(now().getTime() - minimumAgeHours * 3_600_000)
      const collected = await objects.collectDrafts(before)
      if (collected > 0) log.info({ count: collected }, 'remains of unfinished puts deleted')
      let left = keysPerRun
      for (let toVisit = references.length; toVisit > 0 && left > 0; ) {
        const reference = references[turn % references.length]
        if (!reference) return
        const { seen, hasMore } = await collectPage(reference, before, Math.min(pageSize, left))
        left -= seen
        if (hasMore) continue
        toVisit -= 1
        turn += 1
      }
    },
  }
}

function checkPrefixes(prefixes: readonly string[]): void {
  for (const [at, prefix] of prefixes.entries()) {
    if (!prefix.endsWith('/')) throw new Error(`A prefix of object references ends in "/": ${prefix}`)
    const other = prefixes.find((candidate, index) => index !== at && candidate.startsWith(prefix))
    if (other !== undefined) throw new Error(`Prefixes of object references overlap: ${prefix} and ${other}`)
  }
}
