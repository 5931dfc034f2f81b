import { sql } from 'kysely'
import type { Queryable } from '#platform/database/database.ts'

/** Bytes in digits, `none` for no limit, `default` for what the storage gives everybody. */
export type DriveWord = string
/** `told` is null while the newest word was not heard. */
export type DriveQuotaState = { wanted: DriveWord; told: DriveWord | null; errorCode: string | null }
export type DueWord = { ownerId: string; wanted: DriveWord; attempts: number }
export type FailingDriveQuota = { owner_id: string; error_code: string; attempts: number; next_attempt_at: Date }
export type DriveQuotaFigures = { waiting: number; failing: number; error_code: string | null }

export const driveQuotaStore = {
  /** Whether anybody was ever spoken of, or is now by a word of their own. */
  async isSpoken(db: Queryable): Promise<boolean> {
    const { rows } = await sql<{ is_spoken: boolean }>`
      select exists (select from admin_drive_quota) or exists (select from admin_quota where kind = 'drive')
        as is_spoken`.execute(db)
    return rows[0]?.is_spoken ?? false
  },

  /**
   * Writes down what is to be told of each; what is wanted already is left as it is. Of whom nothing is said any more
   * (null) it is `default`, if something was.
   */
  async note(db: Queryable, words: ReadonlyMap<string, DriveWord | null>): Promise<void> {
    await sql`
      with word as (
        select * from unnest(${[...words.keys()]}::uuid[], ${[...words.values()]}::text[]) as word (owner_id, wanted)
      ), known as (
        update admin_drive_quota as known set wanted = coalesce(word.wanted, 'default'), attempts = 0,
          next_attempt_at = now(), error_code = null, updated_at = now()
        from word
        where known.owner_id = word.owner_id and known.wanted <> coalesce(word.wanted, 'default')
      )
      insert into admin_drive_quota (owner_id, wanted)
      select owner_id, wanted from word where wanted is not null
      on conflict (owner_id) do nothing`.execute(db)
  },

  /** Says one word again, whatever was told before. */
  async noteAnew(db: Queryable, ownerId: string, wanted: DriveWord): Promise<void> {
    await sql`
      insert into admin_drive_quota (owner_id, wanted) values (${ownerId}, ${wanted})
      on conflict (owner_id) do update set wanted = excluded.wanted, told = null, attempts = 0, next_attempt_at = now(),
        error_code = null, updated_at = now()`.execute(db)
  },

  /** What is due, longest first; nobody else tells it within the next two minutes. */
  async claim(
    db: Queryable,
    { ownerId = null, limit }: { ownerId?: string | null; limit: number },
  ): Promise<DueWord[]> {
    const { rows } = await sql<DueWord>`
      update admin_drive_quota as due set next_attempt_at = now() + interval '2 minutes', attempts = attempts + 1
      where owner_id in (
        select owner_id from admin_drive_quota
        where next_attempt_at <= now() and (${ownerId}::uuid is null or owner_id = ${ownerId}::uuid)
        order by next_attempt_at limit ${limit} for update skip locked
      )
      returning owner_id as "ownerId", wanted, attempts`.execute(db)
    return rows
  },

  /** It was told; what is wanted by now may be something else. */
  async settle(db: Queryable, { ownerId, wanted }: DueWord): Promise<void> {
    await sql`
      update admin_drive_quota set told = ${wanted}, attempts = 0, error_code = null, updated_at = now(),
        next_attempt_at = case when wanted = ${wanted} then null else now() end
      where owner_id = ${ownerId}`.execute(db)
  },

  async postpone(db: Queryable, { ownerId, wanted }: DueWord, errorCode: string, seconds: number): Promise<void> {
    await sql`
      update admin_drive_quota set error_code = ${errorCode}, updated_at = now(),
        next_attempt_at = now() + make_interval(secs => ${seconds})
      where owner_id = ${ownerId} and wanted = ${wanted} and next_attempt_at is not null`.execute(db)
  },

  async state(db: Queryable, ownerId: string): Promise<DriveQuotaState | undefined> {
    const { rows } = await sql<DriveQuotaState>`
      select wanted, case when next_attempt_at is null then told end as told, error_code as "errorCode"
      from admin_drive_quota where owner_id = ${ownerId}`.execute(db)
    return rows[0]
  },

  async failing(db: Queryable, page: { after: string | undefined; limit: number }): Promise<FailingDriveQuota[]> {
    const { rows } = await sql<FailingDriveQuota>`
      select owner_id, error_code, attempts, next_attempt_at from admin_drive_quota
      where next_attempt_at is not null and error_code is not null
        and (${page.after ?? null}::uuid is null or owner_id > ${page.after ?? null}::uuid)
      order by owner_id limit ${page.limit}`.execute(db)
    return rows
  },

  /** How many are still to be told, how many of them failed lately, and with what most. */
  async figures(db: Queryable): Promise<DriveQuotaFigures> {
    const { rows } = await sql<DriveQuotaFigures>`
      select count(*)::int as waiting, count(error_code)::int as failing,
        mode() within group (order by error_code) as error_code
      from admin_drive_quota where next_attempt_at is not null`.execute(db)
    return rows[0] ?? { waiting: 0, failing: 0, error_code: null }
  },
}
