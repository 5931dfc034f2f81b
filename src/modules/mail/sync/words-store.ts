import { sql } from 'kysely'
import type { Database } from '#platform/database/database.ts'
import type { Sweep } from '#platform/jobs/jobs.ts'

/**
 * Merges the words that were stored lately into the index proper: until then each search reads them one by one. Takes
 * seconds after a first sync, holds up nobody, and may be done by several at once.
 */
export async function settleWords(database: Database): Promise<void> {
  await sql`select gin_clean_pending_list(inhrelid) from pg_inherits
    where inhparent = 'mail_search_words'::regclass`.execute(database)
}

export const wordsSweep = (database: Database): Sweep => ({
  name: 'mail.words',
  everySeconds: 60,
  run: () => settleWords(database),
})
