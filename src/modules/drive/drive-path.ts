import { createHash } from 'node:crypto'
import { type DavPath, davPath, decodePath } from '#integrations/dav/dav-path.ts'
import { AppError } from '#platform/errors.ts'

/** Where something lies in its owner's files, decoded: `/` or `/Photos/Été.jpg`, without a slash at its end. */
export type DrivePath = string

export const rootPath: DrivePath = '/'

const maxNameBytes = 255
const maxPathBytes = 4000

/**
 * A path as a body or a query names it; names become NFC, as servers keep them.
 * @throws AppError `invalid_path` for what leads elsewhere, `invalid_name` for names that no file can have.
 */
export function parsePath(text: string): DrivePath {
  if (!text.startsWith('/')) throw invalidPath()
  return checked(davPath(...namesOf(text)))
}

/** The percent-encoded path of an address, each name decoded once and for itself. @throws as `parsePath` */
export const parseEncodedPath = (encoded: string): DrivePath =>
  checked(decodePath(`/${encoded}`).replace(/(?<=.)\/$/, ''))

/** @throws AppError `invalid_name`, also for a name with a slash. */
export function parseName(name: string): string {
  if (name.includes('/') || name.includes('\\')) throw invalidName()
  return nameOf(checked(davPath(name)))
}

export const namesOf = (path: DrivePath): string[] => path.split('/').filter(Boolean)

/** Of the top it is empty. */
export const nameOf = (path: DrivePath): string => path.slice(path.lastIndexOf('/') + 1)

export const parentOf = (path: DrivePath): DrivePath => path.slice(0, path.lastIndexOf('/')) || rootPath

export const childOf = (folder: DrivePath, name: string): DrivePath =>
  folder === rootPath ? `/${name}` : `${folder}/${name}`

/** The folder and all folders that it lies in, up to the top. */
export const lineOf = (folder: DrivePath): DrivePath[] =>
  folder === rootPath ? [rootPath] : [folder, ...lineOf(parentOf(folder))]

/** Whether it is `folder` itself or lies anywhere below it. */
export const isWithin = (path: DrivePath, folder: DrivePath): boolean =>
  folder === rootPath || path === folder || path.startsWith(`${folder}/`)

/** Where Nextcloud has the files of a person. */
export const filesPath = (uid: string, path: DrivePath): DavPath => davPath('files', uid, ...namesOf(path))

/** What a path of Nextcloud is in the files of `uid`; undefined for one that is not among them. */
export function fromFilesPath(uid: string, path: DavPath): DrivePath | undefined {
  const [mount, owner, ...names] = namesOf(path)
  return mount === 'files' && owner?.toLowerCase() === uid.toLowerCase() ? `/${names.join('/')}` : undefined
}

/** By which a folder is found: indexes take no paths of any length. */
export const keyOf = (path: DrivePath): Buffer => createHash('sha256').update(path).digest()

function checked(path: DrivePath): DrivePath {
  if (Buffer.byteLength(path) > maxPathBytes) throw invalidName()
  for (const name of namesOf(path)) {
    if (Buffer.byteLength(name) > maxNameBytes || /\p{Cc}/u.test(name)) throw invalidName()
  }
  return path
}

const invalidPath = () =>
  new AppError('invalid', 'invalid_path', 'A path begins with a slash and names each folder: "/Photos/Summer.jpg".')

export const invalidName = () =>
  new AppError(
    'invalid',
    'invalid_name',
    'A name has 1 to 255 bytes, without slashes, backslashes and control characters; choose another.',
  )
