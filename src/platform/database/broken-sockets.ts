import type { Pool, PoolClient } from 'pg'
import { isSocketBroken } from './outage.ts'

/**
 * A socket that breaks under a query is told by the system's word, which could be of any socket of this process. From
 * here on it is SQLSTATE 08006 (connection_failure), with that word as its cause. Of queries that answer by a promise.
 */
export function nameBrokenSockets(pool: Pool): void {
  pool.on('connect', watchQueries)
}

function watchQueries(client: PoolClient): void {
  const send = client.query.bind(client) as (...args: unknown[]) => unknown
  const watched = (...args: unknown[]) => {
    const answer = send(...args)
    return answer instanceof Promise ? answer.catch(rename) : answer
  }
  client.query = watched as typeof client.query
}

function rename(error: unknown): never {
  if (!isSocketBroken(error)) throw error
  throw Object.assign(new Error('The connection broke under a query.', { cause: error }), { code: '08006' })
}
