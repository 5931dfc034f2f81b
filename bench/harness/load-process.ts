import { createRequire } from 'node:module'
import type { Load } from './load.ts'

// It brings no types.
const autocannon = createRequire(import.meta.url)('autocannon') as (load: {
  url: string
  headers?: Record<string, string>
  connections: number
  duration: number
}) => Promise<{ requests: { total: number }; duration: number; non2xx: number; errors: number }>

/** The other end of `startLoad`: each message is a load, its answer what came of it. */
process.on('message', async ({ seconds, ...load }: Load) => {
  const { requests, duration, non2xx, errors } = await autocannon({ ...load, duration: seconds })
  process.send?.({ total: requests.total, duration, refused: non2xx, failed: errors })
})
