import type { Readable } from 'node:stream'
import { readBoundedText } from '#integrations/upstream/bounded-text.ts'
import { type UpstreamSystem, upstreamFailures } from '#integrations/upstream/upstream-failures.ts'
import { createUpstreamHttp, type UpstreamOptions } from '#integrations/upstream/upstream-http.ts'

const nextcloud: UpstreamSystem = { id: 'nextcloud', name: 'Nextcloud', busyCode: 'nextcloud.busy' }

/** HTTP to one server of files, calendars or contacts: Nextcloud, or another that speaks WebDAV. */
export const createDavHttp = (options: UpstreamOptions) => createUpstreamHttp(nextcloud, options)

/** An answer that no server of ours gives, as an error of ours. */
export const { unreadable } = upstreamFailures(nextcloud)

/** A body as text, if it is no longer and takes no longer than allowed. @throws AppError `upstream_unavailable` */
export const readText = (body: Readable, limits: { bytes: number; timeoutMs: number }): Promise<string> =>
  readBoundedText(body, limits, unreadable)
