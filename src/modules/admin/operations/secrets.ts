import type { Database, Transact } from '#platform/database/database.ts'
import { enqueue, handleJob, jobName } from '#platform/jobs/jobs.ts'
import type { Logger } from '#platform/observability/log.ts'
import type { KeyRing } from '#platform/secrets/key-ring.ts'
import { countByKey, reencrypt, type SealedColumn } from '#platform/secrets/sealed-columns.ts'
import { type Caller, recordChange } from '../changes.ts'

export type SecretsDeps = {
  database: Database
  transact: Transact
  log: Logger
  keyRing: KeyRing
  activeKeyId: string
  sealedColumns: readonly SealedColumn[]
  /** Secrets of the configuration whose age is watched. */
  rotating: readonly { name: string; rotatedAt: Date | undefined; dueAt: Date | undefined }[]
  now?: () => Date
}

const reencryptJob = jobName<Record<string, never>>('admin.reencrypt')

export type SecretState = ReturnType<typeof createSecretState>

/** How old secrets are, which keys the stored ones use, and the way to the active key. Values are shown nowhere. */
export function createSecretState(deps: SecretsDeps) {
  const { database, activeKeyId, sealedColumns, log, now = () => new Date() } = deps

  async function status() {
    const counts = await countByKey(database, sealedColumns)
    const keys = [...new Set([activeKeyId, ...counts.keys()])].sort()
    return {
      secrets: deps.rotating.map(({ name, rotatedAt, dueAt }) => ({
        ...{ name, rotated_at: rotatedAt?.toISOString() ?? null, due_at: dueAt?.toISOString() ?? null },
        is_overdue: dueAt === undefined || dueAt <= now(),
      })),
      keys: keys.map((id) => ({ id, is_active: id === activeKeyId, values: counts.get(id) ?? 0 })),
    }
  }

  return {
    status,
    handler: handleJob(reencryptJob, async () => {
      const { moved, unopened, left } = await reencrypt(deps, sealedColumns, () => undefined)
      log.info({ moved, left, unopened: unopened.length }, 'stored secrets were moved to the active key')
    }),
    /** Begins to move everything to the active key; `status` shows how far it is. */
    reencrypt: (caller: Caller): Promise<void> =>
      deps.transact(async (tx) => {
        await enqueue(tx, reencryptJob, {}, { key: reencryptJob.name })
        const after = { active_key: activeKeyId }
        await recordChange(tx, caller, { action: 'admin.reencryption_begun', before: null, after })
      }),
  }
}
