import type { Nextcloud } from '#integrations/nextcloud/nextcloud-client.ts'
import type { OcsClient } from '#integrations/nextcloud/ocs-client.ts'
import { AppError, notFound } from '#platform/errors.ts'
import { decodeCursor, encodeCursor } from '#platform/http/cursor.ts'
import type { Journal } from '../changes/journal.ts'
import type { DriveEvent } from '../events.ts'
import type { Items } from '../items/items.ts'
import {
  bitsOf,
  kindNumbers,
  outsideForbidden,
  type Share,
  type ShareKind,
  type SharePermission,
  type SharePolicy,
  shareOf,
} from './share.ts'

const api = '/apps/files_sharing/api/v1'

export type ShareChange = {
  permissions?: readonly SharePermission[] | undefined
  /** null takes it away. */
  password?: string | null | undefined
  expiresOn?: string | null | undefined
  label?: string | undefined
  note?: string | undefined
  isDownloadHidden?: boolean | undefined
}
export type NewShare = ShareChange & { itemId: string; kind: ShareKind; recipient?: string | undefined }
export type Sharee = { kind: 'user' | 'group'; id: string; name: string }

export type Shares = ReturnType<typeof createShares>

/** What people share with each other and, by links, with anybody. */
export function createShares(deps: { nextcloud: Nextcloud; items: Items; journal: Journal; policy: SharePolicy }) {
  const { nextcloud, items, journal, policy } = deps

  function note(ownerId: string, share: Share, type: DriveEvent['type'] & `drive.share_${string}`): Promise<void> {
    const seenBy = share.kind === 'user' ? share.recipient?.id : undefined
    return journal.note(ownerId, { paths: [share.path], seenBy, events: [{ type, data: { share_id: share.id } }] })
  }

  async function find(ocs: OcsClient, id: string): Promise<Share> {
    const { data } = await ocs.call<unknown>('GET', `${api}/shares/${id}`)
    const [first] = Array.isArray(data) ? data : [data]
    const share = shareOf(first as Record<string, unknown>)
    if (!share) throw notFound('share')
    return share
  }

  async function requireMayShare(ownerId: string, kind: ShareKind): Promise<void> {
    const isOutside = kind === 'link' || kind === 'email'
    if (isOutside && !(await policy.mayShareOutside(ownerId))) throw outsideForbidden()
  }

  return {
    /** The newest first. */
    async page(
      ownerId: string,
      options: {
        direction: 'outgoing' | 'incoming'
        itemId: string | undefined
        limit: number
        cursor: string | undefined
      },
    ) {
      const { direction, itemId, limit, cursor } = options
      const [before] = cursor === undefined ? [] : decodeCursor(cursor, ['number'])
      const path = itemId === undefined ? undefined : (await items.get(ownerId, itemId)).path
      const { ocs } = await nextcloud.as(ownerId)
      const query = { path, reshares: 'true', shared_with_me: direction === 'incoming' ? 'true' : undefined }
      const { data } = await ocs.call<unknown>('GET', `${api}/shares`, { query })
      const all = (Array.isArray(data) ? data : []).flatMap((one) => shareOf(one as Record<string, unknown>) ?? [])
      const rest = all
        .filter(({ id, fileId }) => (before === undefined || Number(id) < before) && (itemId ?? fileId) === fileId)
        .toSorted((one, other) => Number(other.id) - Number(one.id))
      const page = rest.slice(0, limit)
      const last = rest.length > limit ? page.at(-1) : undefined
      return { items: page, nextCursor: last ? encodeCursor([Number(last.id)]) : null }
    },

    get: async (ownerId: string, id: string): Promise<Share> => find((await nextcloud.as(ownerId)).ocs, id),

    /** @throws AppError `not_found`, `drive.outside_sharing_forbidden`, `drive.share_refused` */
    async create(ownerId: string, wanted: NewShare): Promise<Share> {
      await requireMayShare(ownerId, wanted.kind)
      const item = await items.get(ownerId, wanted.itemId)
      const { ocs } = await nextcloud.as(ownerId)
      const body = {
        ...{ path: item.path, shareType: kindNumbers[wanted.kind] },
        ...(wanted.recipient !== undefined && { shareWith: wanted.recipient }),
        ...parametersOf(wanted),
      }
      const { data } = await ocs
        .call<Record<string, unknown>>('POST', `${api}/shares`, { body })
        .catch((error) => Promise.reject(refusalOf(error)))
      const share = shareOf(data)
      if (!share) throw notFound('share')
      // Not all of it is taken by every version when a share is made.
      const { isDownloadHidden } = wanted
      await note(ownerId, share, 'drive.share_created')
      return isDownloadHidden ? this.change(ownerId, share.id, { isDownloadHidden }) : share
    },

    /** @throws AppError `not_found`, `drive.outside_sharing_forbidden`, `drive.share_refused` */
    async change(ownerId: string, id: string, change: ShareChange): Promise<Share> {
      const { ocs } = await nextcloud.as(ownerId)
      const before = await find(ocs, id)
      await requireMayShare(ownerId, before.kind)
      await ocs
        .call('PUT', `${api}/shares/${id}`, { body: parametersOf(change) })
        .catch((error) => Promise.reject(refusalOf(error)))
      const share = await find(ocs, id)
      await note(ownerId, share, 'drive.share_updated')
      return share
    },

    /** Of what was received it is left. @throws AppError `not_found` */
    async revoke(ownerId: string, id: string): Promise<void> {
      const { ocs } = await nextcloud.as(ownerId)
      const share = await find(ocs, id)
      await ocs.call('DELETE', `${api}/shares/${id}`)
      await note(ownerId, share, 'drive.share_deleted')
    },

    /** Whom something can be shared with. */
    async sharees(ownerId: string, search: string, limit: number): Promise<Sharee[]> {
      const { ocs } = await nextcloud.as(ownerId)
      const query = { search, itemType: 'file', perPage: limit, lookup: 'false' }
      const { data } = await ocs.call<ShareesAnswer>('GET', `${api}/sharees`, { query })
      const lists = [data.exact?.users, data.users, data.exact?.groups, data.groups]
      const found = lists.flatMap((list) => list ?? []).flatMap((one) => shareeOf(one) ?? [])
      const unique = new Map(found.map((one) => [`${one.kind} ${one.id}`, one]))
      return [...unique.values()].slice(0, limit)
    },
  }
}

type Listed = { label?: unknown; value?: { shareType?: unknown; shareWith?: unknown } }
type ShareesAnswer = { users?: Listed[]; groups?: Listed[]; exact?: { users?: Listed[]; groups?: Listed[] } }

function shareeOf({ label, value }: Listed): Sharee | undefined {
  const id = String(value?.shareWith ?? '')
  if (id === '') return undefined
  const name = typeof label === 'string' && label !== '' ? label : id
  if (Number(value?.shareType) === kindNumbers.user) return { kind: 'user', id, name }
  return Number(value?.shareType) === kindNumbers.group ? { kind: 'group', id, name } : undefined
}

function parametersOf(change: ShareChange): Record<string, unknown> {
  const { permissions, password, expiresOn, label, note, isDownloadHidden } = change
  return {
    ...(permissions !== undefined && { permissions: bitsOf(permissions) }),
    // What is empty is taken away.
    ...(password !== undefined && { password: password ?? '' }),
    ...(expiresOn !== undefined && { expireDate: expiresOn ?? '' }),
    ...(label !== undefined && { label }),
    ...(note !== undefined && { note }),
    ...(isDownloadHidden !== undefined && { hideDownload: String(isDownloadHidden) }),
  }
}

/** OCS says by 400, 403 and 404 alike that it does not take a recipient, a password or a day. */
function refusalOf(error: unknown): unknown {
  const isRefusal = error instanceof AppError && /^(invalid_name|nextcloud\.forbidden|not_found)$/.test(error.code)
  return isRefusal
    ? new AppError(
        'unprocessable',
        'drive.share_refused',
        'Nextcloud does not share this so: whom it is shared with, its password or its day does not fit, it is shared with them already, or you may not share it.',
        { cause: error },
      )
    : error
}
