import type { Nextcloud } from '#integrations/nextcloud/nextcloud-client.ts'

/** In bytes; null where there is no limit. */
export type Quota = { usedBytes: number; totalBytes: number | null; freeBytes: number | null }

/** Of the OCS, since what WebDAV says of it is minutes old. */
export async function quotaOf(nextcloud: Nextcloud, ownerId: string): Promise<Quota> {
  const { ocs } = await nextcloud.as(ownerId)
  const { data } = await ocs.call<{ quota?: Record<string, unknown> }>('GET', '/cloud/user')
  const { used, quota, free } = data.quota ?? {}
  // Negative numbers stand for without limit, and for not known yet.
  const total = amountOf(quota)
  return { usedBytes: amountOf(used) ?? 0, totalBytes: total, freeBytes: total === null ? null : amountOf(free) }
}

function amountOf(value: unknown): number | null {
  const amount = Math.floor(Number(value))
  return Number.isSafeInteger(amount) && amount >= 0 ? amount : null
}
