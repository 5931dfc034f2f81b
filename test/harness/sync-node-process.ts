import { startSyncNode } from '../fixtures/sync-node.ts'

/** A node that syncs, as a process of its own: to be killed. Its settings come as JSON, all but the timings. */
const [url = '', server = '{}'] = process.argv.slice(2)
startSyncNode(url, JSON.parse(server), { leaseSeconds: 1, timings: { pollMs: 300 } })
