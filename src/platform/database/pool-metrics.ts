import type { Pool } from 'pg'
import { Gauge } from 'prom-client'
import type { Metrics } from '#platform/observability/metrics.ts'

/** How much of the pool is in use, and how many wait for a connection of it. */
export function registerPoolMetrics({ registry }: Metrics, pool: Pool): void {
  const registers = [registry]
  new Gauge({
    name: 'ultid_database_pool_connections',
    help: 'Connections of this process to PostgreSQL, by state: used, idle.',
    labelNames: ['state'],
    registers,
    collect() {
      this.set({ state: 'used' }, pool.totalCount - pool.idleCount)
      this.set({ state: 'idle' }, pool.idleCount)
    },
  })
  new Gauge({
    name: 'ultid_database_pool_size',
    help: 'The most connections that this process opens.',
    registers,
    collect() {
      this.set(pool.options.max ?? 10)
    },
  })
  new Gauge({
    name: 'ultid_database_pool_waiting',
    help: 'Queries that wait for a connection.',
    registers,
    collect() {
      this.set(pool.waitingCount)
    },
  })
}
