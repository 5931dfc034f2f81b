import { createDatabase } from '../../src/platform/database/database.ts'
import { createTestDatabase } from './database.ts'

/** A database of the caller's own with a pool on it, for tests of what stands directly on the database. */
export async function openTestDatabase({ poolSize = 8 } = {}) {
  const { url, drop } = await createTestDatabase()
  const opened = createDatabase({ url, poolSize, onError: () => undefined })
  return {
    url,
    ...opened,
    async close() {
      await opened.close()
      await drop()
    },
  }
}
