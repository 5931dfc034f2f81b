import type { Readable } from 'node:stream'
import type { DavClient } from '#integrations/dav/dav-client.ts'
import { type DavPath, davPath } from '#integrations/dav/dav-path.ts'
import type { DavResource } from '#integrations/dav/multistatus.ts'
import { textOf } from '#integrations/dav/multistatus.ts'
import type { NextcloudLinks } from '#integrations/nextcloud/nextcloud-client.ts'
import { discard } from '#integrations/upstream/upstream-http.ts'
import { AppError, notFound } from '#platform/errors.ts'
import { attachmentDisposition } from '#platform/http/content-disposition.ts'
import { decodeCursor, encodeCursor } from '#platform/http/cursor.ts'
import { type Download, type DownloadRequest, download } from '../content/downloads.ts'
import { type DrivePath, nameOf, namesOf, rootPath } from '../drive-path.ts'
import { type Entry, entryOf, entryProps, permissionsOf } from '../items/item.ts'
import { nameKeyOf } from '../items/listing-store.ts'
import type { LinkAccess } from './link-access.ts'

/** A visitor: the link, and what they were given for its password. */
export type Visitor = { token: string; access: string | undefined }

export type LinkView = {
  name: string
  isFolder: boolean
  size: number
  contentType: string | null
  /** What visitors may do; of a link that takes files and shows none, `create` alone. */
  permissions: readonly string[]
}

export type Links = ReturnType<typeof createLinks>

/** What lies behind a link, for whoever knows it. Nothing of it is kept: Nextcloud says each time whether it holds. */
export function createLinks({ links, access }: { links: NextcloudLinks; access: LinkAccess }) {
  const open = ({ token, access: given }: Visitor): DavClient =>
    links.link(access.passwordOf(token, given), passwordRequired)
  const pathOf = (token: string, path: DrivePath): DavPath => davPath('files', token, ...namesOf(path))

  async function list(dav: DavClient, token: string, path: DrivePath): Promise<{ self: Entry; entries: Entry[] }> {
    const at = pathOf(token, path)
    const resources = await dav.propfind(at, { depth: '1', props: [...entryProps, 'd:displayname'] }).catch(refuse)
    const self = resources.find((one) => withoutSlash(one.path) === at)
    const entry = self && entryOf(self, nameOf(path))
    if (!entry) throw notFound('folder')
    const inside = resources.filter((one) => one !== self)
    return { self: entry, entries: inside.flatMap((one) => entryOf(one, nameOf(withoutSlash(one.path))) ?? []) }
  }

  return {
    /** @throws AppError `not_found`, `drive.link_password_required` */
    async view(visitor: Visitor): Promise<LinkView> {
      const dav = open(visitor)
      const props = [...entryProps, 'd:displayname']
      const at = pathOf(visitor.token, rootPath)
      const resource = await dav.stat(at, props).catch((error) => {
        if (isUploadOnly(error)) return undefined
        throw refused(error)
      })
      return resource ? viewOf(resource, visitor.token) : uploadOnly
    },

    /**
     * A page of a folder, by name, folders first.
     * @throws AppError `not_found`, `drive.link_password_required`, `drive.link_upload_only`, `invalid_request_body`
     */
    async list(
      visitor: Visitor,
      path: DrivePath,
      { limit, cursor }: { limit: number; cursor: string | undefined },
    ): Promise<{ entries: Entry[]; nextCursor: string | null }> {
      const [after] = cursor === undefined ? [''] : decodeCursor(cursor, ['string'])
      const { entries } = await list(open(visitor), visitor.token, path)
      const keyed = entries.map((entry) => ({ entry, key: placeOf(entry) })).filter(({ key }) => key > after)
      const page = keyed.toSorted((one, other) => (one.key < other.key ? -1 : 1)).slice(0, limit)
      const last = keyed.length > limit ? page.at(-1) : undefined
      return { entries: page.map(({ entry }) => entry), nextCursor: last ? encodeCursor([last.key]) : null }
    },

    /** @throws as `download`, and `drive.link_password_required` */
    async download(visitor: Visitor, path: DrivePath, request: DownloadRequest): Promise<Download> {
      const name = nameOf(path) || (await this.view(visitor)).name
      return download(open(visitor), pathOf(visitor.token, path), { ...request, name }).catch(refuse)
    },

    /** A folder as a zip. @throws AppError `not_found`, `drive.link_password_required` */
    async archive(visitor: Visitor, path: DrivePath, signal: AbortSignal): Promise<Download> {
      const dav = open(visitor)
      const name = nameOf(path) || (await this.view(visitor)).name
      const headers = { accept: 'application/zip' }
      const address = `${dav.urlOf(pathOf(visitor.token, path))}?accept=zip`
      const answer = await dav
        .send({ method: 'GET', path: address, headers, signal, lane: 'transfer', accept: [501] })
        .catch(refuse)
      if (answer.status >= 400 || answer.headers['content-type'] !== 'application/zip') {
        await discard(answer)
        throw notFound('folder')
      }
      return {
        status: 200,
        headers: {
          ...{ 'content-type': 'application/zip', 'cache-control': 'private, no-store' },
          'content-disposition': attachmentDisposition(`${name}.zip`),
        },
        content: answer.body,
      }
    },

    /**
     * A file of a visitor. Where files are taken and not shown, one of a name that is taken gets another.
     * @throws AppError `already_exists`, `nextcloud.forbidden`, `drive.link_password_required`
     */
    async upload(
      visitor: Visitor,
      path: DrivePath,
      { content, contentLength, signal }: { content: Readable; contentLength: number | undefined; signal: AbortSignal },
    ): Promise<void> {
      if (path === rootPath) throw notFound('folder')
      const { permissions } = await this.view(visitor)
      if (!permissions.includes('create_files')) throw mayNotUpload()
      const ifNoneMatch = permissions.includes('download') ? '*' : undefined
      const options = { contentLength, signal, ifNoneMatch }
      await open(visitor).put(pathOf(visitor.token, path), content, options).catch(refuse)
    },
  }
}

/** Where it stands in its folder. */
const placeOf = ({ name, isFolder }: Entry): string => `${isFolder ? 0 : 1}${nameKeyOf(name)} ${name}`.toWellFormed()

const uploadOnly: LinkView = {
  name: 'files',
  isFolder: true,
  size: 0,
  contentType: null,
  permissions: ['create_files'],
}

function viewOf(resource: DavResource, token: string): LinkView {
  const entry = entryOf(resource, '')
  if (!entry) throw notFound('link')
  const name = textOf(resource, 'd:displayname') ?? ''
  return {
    name: name === '' || name === token ? 'files' : name,
    ...{ isFolder: entry.isFolder, size: entry.size, contentType: entry.contentType },
    permissions: permissionsOf(entry),
  }
}

const withoutSlash = (path: string): string => path.replace(/(?<=.)\/$/, '')

/** 405: who may only put files in is shown none. */
const isUploadOnly = (error: unknown): boolean => error instanceof AppError && error.code === 'already_exists'

const refuse = (error: unknown): never => {
  throw refused(error)
}

/** What Nextcloud refuses of a visitor, in their terms. */
function refused(error: unknown): unknown {
  if (!(error instanceof AppError)) return error
  if (error.code === 'nextcloud.sign_in_failed') return passwordRequired()
  if (error.code === 'etag_mismatch') {
    return new AppError('conflict', 'already_exists', 'There is something of this name already; choose another.')
  }
  return isUploadOnly(error)
    ? new AppError('forbidden', 'drive.link_upload_only', 'This link takes files and shows none.', { cause: error })
    : error
}

const passwordRequired = () =>
  new AppError(
    'forbidden',
    'drive.link_password_required',
    'This link has a password: send it to /access, and what comes back with each request.',
  )

const mayNotUpload = () =>
  new AppError('forbidden', 'nextcloud.forbidden', 'This link shows files and takes none; ask who gave it to you.')
