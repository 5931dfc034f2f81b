import { createImmich } from '#integrations/immich/immich-client.ts'
import { noUpstreams } from '#platform/observability/upstreams.ts'

export type PhotosProbe = ReturnType<typeof createPhotosProbe>

/** Immich as the doctor looks at it; each question opens a connection of its own and closes it. */
export function createPhotosProbe({ url, adminKey }: { url: string; adminKey: string | undefined }) {
  async function ask<T>(question: (immich: ReturnType<typeof createImmich>) => Promise<T>): Promise<T> {
    const immich = createImmich({ config: { url, maxConnections: 1 }, upstreams: noUpstreams })
    return question(immich).finally(immich.close)
  }
  return {
    /** @throws AppError `photos.unsupported_version`, `upstream_unavailable`, `upstream_timeout` */
    version: (): Promise<string> => ask(async (immich) => (await immich.dialect()).version),
    hasAdminKey: adminKey !== undefined,
    /** Whether the administrator's key may see accounts. @throws AppError `photos.key_refused`, `photos.permission_missing` */
    tryAdminKey: (): Promise<unknown> => ask((immich) => immich.withKey(adminKey ?? '').tell('GET', '/admin/users')),
  }
}
