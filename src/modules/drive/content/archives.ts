import type { Nextcloud } from '#integrations/nextcloud/nextcloud-client.ts'
import { discard } from '#integrations/upstream/upstream-http.ts'
import { AppError, notFound } from '#platform/errors.ts'
import { attachmentDisposition } from '#platform/http/content-disposition.ts'
import { type DrivePath, filesPath, isWithin, nameOf, parentOf } from '../drive-path.ts'
import type { Items } from '../items/items.ts'
import type { Listings } from '../items/listings.ts'
import type { Download } from './downloads.ts'

/** What servers take as an address. */
const maxQueryLength = 6000

export type Archives = ReturnType<typeof createArchives>

/** Folders and selections as a zip that Nextcloud makes while it is read. */
export function createArchives(deps: { nextcloud: Nextcloud; listings: Listings; items: Items }) {
  const { nextcloud, listings, items } = deps

  async function open(ownerId: string, folder: DrivePath, query: URLSearchParams, signal: AbortSignal) {
    const { dav, uid } = await nextcloud.as(ownerId)
    const path = `${dav.urlOf(filesPath(uid, folder))}?${query}`
    const answer = await dav.send({
      method: 'GET',
      path,
      headers: { accept: 'application/zip' },
      signal,
      lane: 'transfer',
    })
    if (!/^application\/(zip|x-zip)/.test(answer.headers['content-type'] ?? '')) {
      await discard(answer)
      throw notFound('folder')
    }
    return answer.body
  }

  const named = (name: string, content: Download['content']): Download => ({
    status: 200,
    headers: {
      ...{ 'content-type': 'application/zip', 'cache-control': 'private, no-store' },
      'content-disposition': attachmentDisposition(`${name || 'files'}.zip`),
    },
    content,
  })

  return {
    /** @throws AppError `not_found` */
    async ofFolder(ownerId: string, path: DrivePath, signal: AbortSignal): Promise<Download> {
      await listings.fresh(ownerId, path)
      return named(nameOf(path), await open(ownerId, path, new URLSearchParams({ accept: 'zip' }), signal))
    },

    /** @throws AppError `not_found`, `drive.selection_too_large` */
    async ofItems(ownerId: string, ids: readonly string[], signal: AbortSignal): Promise<Download> {
      const paths: DrivePath[] = []
      for (const id of ids) paths.push((await items.get(ownerId, id)).path)
      let folder = parentOf(paths[0] ?? '/')
      while (!paths.every((path) => isWithin(path, folder))) folder = parentOf(folder)
      const relative = paths.map((path) => path.slice(folder === '/' ? 1 : folder.length + 1))
      const query = new URLSearchParams({ accept: 'zip', files: JSON.stringify(relative) })
      if (query.toString().length > maxQueryLength) throw tooLarge()
      return named(nameOf(folder), await open(ownerId, folder, query, signal))
    },
  }
}

const tooLarge = () =>
  new AppError(
    'unprocessable',
    'drive.selection_too_large',
    'These are too many names for one archive; take the folder that they lie in, or fewer.',
  )
