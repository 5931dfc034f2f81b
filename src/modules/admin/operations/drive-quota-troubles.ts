import { decodeCursor, encodeCursor } from '#platform/http/cursor.ts'

/** The telling of quotas to Nextcloud, as operators see it. */
export type DriveQuotaOperations = {
  figures(): Promise<{ waiting: number; failing: number; error_code: string | null }>
  failing(page: {
    after: string | undefined
    limit: number
  }): Promise<{ owner_id: string; error_code: string; attempts: number; next_attempt_at: Date }[]>
}

/** What helps, by the code of the failure: whole sentences for operators. */
const remedies: Readonly<Record<string, string>> = {
  upstream_unavailable:
    'Nextcloud does not answer or fails: see whether it runs and what its log says; it is told as soon as it is back.',
  upstream_timeout: 'Nextcloud takes too long: see whether it is overloaded; ultid tries again by itself.',
  not_found:
    'Nextcloud has no such user any more: make them there again, or erase the person here if they left; ultid tries again ' +
    'within the hour.',
}
const otherRemedy =
  'Nextcloud refuses: see whether NEXTCLOUD_ADMIN_USER may administer users there and its password is right; ultid tries ' +
  'again within the hour.'

export const driveQuotaRemedy = (errorCode: string): string => remedies[errorCode] ?? otherRemedy

export type DriveQuotaTroubles = ReturnType<typeof createDriveQuotaTroubles>

/** Of whom Nextcloud could not be told what they may keep, why, and what helps. */
export function createDriveQuotaTroubles({ driveQuotas }: { driveQuotas: DriveQuotaOperations }) {
  return {
    async list({ limit, cursor }: { limit: number; cursor: string | undefined }) {
      const [after] = cursor === undefined ? [undefined] : decodeCursor(cursor, ['uuid'])
      const rows = await driveQuotas.failing({ after, limit: limit + 1 })
      const shown = rows.slice(0, limit)
      const last = shown.at(-1)
      return {
        items: shown.map(({ owner_id: person_id, error_code, attempts, next_attempt_at }) => ({
          ...{ person_id, error_code, remedy: driveQuotaRemedy(error_code), attempts },
          next_attempt_at: next_attempt_at.toISOString(),
        })),
        next_cursor: rows.length > limit && last ? encodeCursor([last.owner_id]) : null,
      }
    },
  }
}
