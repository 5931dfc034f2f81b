import type { Secrets } from '#config/config.ts'
import type { Database } from '#platform/database/database.ts'
import { countByKey, type SealedColumn } from '#platform/secrets/sealed-columns.ts'
import { describeDatabaseFault } from '../database-fault.ts'
import { type Check, failed, ok, skipped, warning } from './check.ts'

/** Whether every stored secret can still be opened. */
export function credentialKeysCheck(database: Database, columns: readonly SealedColumn[], secrets: Secrets): Check {
  const { credentialKeys, activeCredentialKeyId: active } = secrets
  return {
    name: 'credential keys',
    advice: 'Check the database.',
    run: async () => {
      const counts = await countByKey(database, columns).catch((error) => {
        const fault = describeDatabaseFault(error, secrets.databaseUrl)
        if (fault === undefined) throw error
        return fault
      })
      if (typeof counts === 'string') return skipped(counts)
      const missing = [...counts].filter(([keyId]) => !credentialKeys.has(keyId))
      if (missing.length > 0) {
        const list = missing.map(([keyId, count]) => `"${keyId}" (${count} in use)`).join(', ')
        return failed(
          `MAIL_CREDENTIAL_KEYS lacks ${list}`,
          'Put the key back; what it sealed cannot be opened without it.',
        )
      }
      const old = [...counts].reduce((sum, [keyId, count]) => sum + (keyId === active ? 0 : count), 0)
      if (old === 0) return ok(`everything uses the active key "${active}"`)
      return warning(`${old} in use with other keys than the active "${active}"`, 'Run "ultid secrets reencrypt".')
    },
  }
}

/** `overdue` are sentences that say what to do. */
export function rotationCheck(overdue: readonly string[]): Check {
  return {
    name: 'secret rotation',
    advice: 'See "ultid secrets status".',
    run: async () =>
      overdue.length === 0 ? ok('nothing overdue') : failed(overdue.join(' '), 'See "ultid secrets status".'),
  }
}
