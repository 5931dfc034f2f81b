import type { PermissionTable } from '#platform/auth/permissions.ts'
import type { Database, Queryable, Transact } from '#platform/database/database.ts'
import { AppError, notFound } from '#platform/errors.ts'
import { enqueue, handleJob, type JobHandler, jobName, type Sweep } from '#platform/jobs/jobs.ts'
import type { Logger } from '#platform/observability/log.ts'
import { type Caller, recordChange } from '../changes.ts'
import { personStore } from '../people/person-store.ts'
import { requireNoMorePrivilege } from '../people/privilege.ts'
import { type DriveWord, type DueWord, driveQuotaStore as store } from './drive-quota-store.ts'
import { isSaidOf, type Quota } from './quota.ts'
import type { QuotaEvaluation } from './quota-evaluation.ts'
import { quotaStore } from './quota-store.ts'

/** Bytes; a quota of null is no limit of the person's own. */
export type StorageQuota = { used: number; quota: number | null }

/** Who keeps people's files. */
export type FileStorage = {
  /** Undefined for whoever has none there yet. */
  quotaOf(personId: string): Promise<StorageQuota | undefined>
  /** Bytes, no limit, or what it gives everybody. */
  setQuota(personId: string, quota: number | 'none' | 'default'): Promise<void>
  /** Ids of people who have files there, in their order. */
  people(page: { after: string | undefined; limit: number }): Promise<string[]>
}

export type DriveQuotas = ReturnType<typeof createDriveQuotas>

const tellJob = jobName<Record<string, never>>('admin.drive_quotas')
const pageSize = 500
const toldAtOnce = 4

/**
 * How much people may keep in their drive: worked out by the words that also hold for mail and attachments, and told to
 * whoever keeps the files. What is to be told is written down first, and told until it was heard; of whom nothing is
 * said nothing is told.
 */
export function createDriveQuotas(deps: {
  database: Database
  transact: Transact
  log: Logger
  fileStorage: FileStorage | undefined
  quotas: QuotaEvaluation
  permissionTable: PermissionTable
}) {
  const { database, transact, log, fileStorage, quotas } = deps

  async function ofPerson(personId: string) {
    if (!fileStorage) throw storageOff()
    const person = await personStore.find(database, personId)
    if (!person) throw notFound('person')
    const storage = await fileStorage.quotaOf(personId)
    if (!storage) throw notFound('drive of this person')
    return { person, storage }
  }

  async function present(personId: string, storage: StorageQuota) {
    const [{ drive }, state] = await Promise.all([quotas.ofPerson(personId), store.state(database, personId)])
    const { source } = drive
    return {
      ...{ ...storage, said_by: source?.by ?? null, group: source?.by === 'group' ? source.group : null },
      ...{ is_told: state === undefined || state.wanted === state.told, error_code: state?.errorCode ?? null },
    }
  }

  /** Works out what holds for everybody who has files, page by page, and writes down what is news. */
  async function noteAll({ people }: FileStorage): Promise<void> {
    if (!isSaidOf(await quotas.saidNow(), 'drive') && !(await store.isSpoken(database))) return
    for (let after: string | undefined; ; ) {
      const ids = await people({ after, limit: pageSize })
      const held = await quotas.of(ids, database, await quotas.saidNow())
      await store.note(database, new Map([...held].map(([id, { drive }]) => [id, wordOf(drive)])))
      after = ids.at(-1)
      if (ids.length < pageSize) return
    }
  }

  /** Tells what is due until nothing is, a few at a time; a storage that hears nobody is left alone for now. */
  async function tellAll(storage: FileStorage): Promise<void> {
    for (;;) {
      const due = await store.claim(database, { limit: toldAtOnce })
      const outcomes = await Promise.all(due.map((word) => tell(storage, word)))
      if (due.length === 0 || outcomes.every((outcome) => outcome === 'unheard')) return
    }
  }

  async function tell(storage: FileStorage, word: DueWord): Promise<'heard' | 'unheard' | 'absent'> {
    try {
      await storage.setQuota(word.ownerId, settingOf(word.wanted))
      await store.settle(database, word)
      return 'heard'
    } catch (error) {
      const code = error instanceof AppError ? error.code : 'internal_error'
      log.warn({ err: error, person: word.ownerId }, 'the quota of a drive was not told')
      await store.postpone(database, word, code, isAway(error) ? awaySeconds : delayOf(word))
      return error instanceof AppError && error.kind === 'not_found' ? 'absent' : 'unheard'
    }
  }

  async function run(): Promise<void> {
    if (!fileStorage) return
    await noteAll(fileStorage)
    await tellAll(fileStorage)
  }

  const handler: JobHandler = handleJob(tellJob, run)
  const sweep: Sweep = { name: 'admin-drive-quotas', everySeconds: 60, run }
  return {
    handler,
    sweep,
    /** @throws AppError `not_found`, `admin.file_storage_off`. */
    view: async (personId: string) => present(personId, (await ofPerson(personId)).storage),

    /**
     * Says it of one person, and tells it at once; null takes that word back.
     * @throws AppError `not_found`, `admin.file_storage_off`, `auth.forbidden`, or that of a storage that does not hear;
     * it is told later then.
     */
    async set(caller: Caller, personId: string, bytes: number | null) {
      const { person, storage: before } = await ofPerson(personId)
      requireNoMorePrivilege(caller.actor, person.groups, deps.permissionTable)
      await transact(async (tx) => {
        await quotaStore.put(tx, personId, 'drive', bytes ?? undefined)
        const held = (await quotas.of([personId], tx, await quotas.saidNow())).get(personId)
        await store.noteAnew(tx, personId, (held && wordOf(held.drive)) ?? 'default')
        await recordChange(tx, caller, {
          ...{ ownerId: personId, action: 'admin.quota_changed', target: personId },
          ...{ before: { quota: before.quota }, after: { quota: bytes } },
        })
        await enqueue(tx, tellJob, {}, { key: tellJob.name })
      })
      const [word] = await store.claim(database, { ownerId: personId, limit: 1 })
      if (fileStorage && word) await tell(fileStorage, word)
      return present(personId, (await ofPerson(personId)).storage)
    },

    /** Has what was said in this transaction told after it. */
    wake: (tx: Queryable): Promise<void> => enqueue(tx, tellJob, {}, { key: tellJob.name }),

    /** @throws AppError `admin.file_storage_off` where a quota of drives would hold for nobody. */
    requireStorage(): void {
      if (!fileStorage) throw storageOff()
    },

    /** Bytes that lie there; null where that is not known. */
    async used(personId: string): Promise<number | null> {
      const quota = await fileStorage?.quotaOf(personId).catch(() => undefined)
      return quota?.used ?? null
    },

    isKept: fileStorage !== undefined,
    /** How many are still to be told, and what most of them fail with. */
    figures: () => store.figures(database),
    /** Of whom it could not be told, in the order of their ids. */
    failing: (page: { after: string | undefined; limit: number }) => store.failing(database, page),
  }
}

const wordOf = ({ bytes, source }: Quota): DriveWord | null =>
  source ? (bytes === null ? 'none' : String(bytes)) : null

const settingOf = (word: DriveWord): number | 'none' | 'default' =>
  word === 'none' || word === 'default' ? word : Number(word)

/** Nobody has to wait longer for it to be back: few are tried while it is away. */
const awaySeconds = 30
const isAway = (error: unknown): boolean =>
  error instanceof AppError && (error.kind === 'upstream_unavailable' || error.kind === 'upstream_timeout')

/** From half a minute to an hour. */
const delayOf = ({ attempts }: DueWord): number => Math.min(3600, 30 * 2 ** Math.max(0, attempts - 1))

const storageOff = () =>
  new AppError(
    'conflict',
    'admin.file_storage_off',
    'Quotas of drives are not set here: Nextcloud is switched off, or ultid does not have its administrator’s password.',
  )
