import { pipeline } from 'node:stream/promises'
import yazl from 'yazl'
import { DavError, type Exchange, headerOf, send } from '../dav-exchange.ts'
import type { Blobs } from './blobs.ts'
import { isUnchanged, rangeOf } from './conditions.ts'
import { contentTypeOf } from './content-types.ts'
import { globalIdOf, httpDate, quoted } from './file-properties.ts'
import type { FileNode, Tree } from './tree.ts'

/** Answers GET and HEAD of a file. */
export async function sendContent(exchange: Exchange, node: FileNode, blobs: Blobs): Promise<void> {
  const { response, method } = exchange
  if (isUnchanged(exchange, node.etag)) return send(exchange, 304, { etag: quoted(node.etag) })
  const range = rangeOf(exchange, node)
  if (range === 'none')
    throw new DavError(416, 'RequestedRangeNotSatisfiable', 'The start offset exceeded the size of the entity')
  const length = range ? range.end - range.start + 1 : node.size
  response.writeHead(range ? 206 : 200, {
    'content-type': contentTypeOf(node.name),
    'content-length': length,
    'accept-ranges': 'bytes',
    'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(node.name)}`,
    'last-modified': httpDate(node.modified),
    'content-security-policy': "default-src 'none';",
    etag: quoted(node.etag),
    'oc-etag': quoted(node.etag),
    'oc-fileid': globalIdOf(node),
    ...(node.checksum && { 'oc-checksum': node.checksum }),
    ...(range && { 'content-range': `bytes ${range.start}-${range.end}/${node.size}` }),
  })
  if (method === 'HEAD' || length === 0 || node.blob === null) return void response.end()
  // Whoever goes away in the middle wanted no more.
  await pipeline(blobs.read(node.blob, range), response).catch(() => undefined)
}

export const wantsArchive = (exchange: Exchange): boolean =>
  headerOf(exchange, 'accept')?.includes('application/zip') === true

/** Answers GET of a folder with its content as a zip that is made while it is read. */
export async function sendArchive(
  exchange: Exchange,
  folder: FileNode,
  { tree, blobs }: { tree: Tree; blobs: Blobs },
): Promise<void> {
  const zip = new yazl.ZipFile()
  const selection = selectionOf(exchange, folder, tree)
  const add = (node: FileNode, path: string): void => {
    if (node.isFolder) {
      if (path) zip.addEmptyDirectory(path, { mtime: new Date(node.modified * 1000) })
      for (const child of tree.childrenOf(node)) add(child, path ? `${path}/${child.name}` : child.name)
      return
    }
    const options = { mtime: new Date(node.modified * 1000), compress: false }
    if (node.blob === null) zip.addBuffer(Buffer.alloc(0), path, options)
    else zip.addFile(blobs.path(node.blob), path, options)
  }
  if (selection) for (const { path, node } of selection) add(node, path)
  else add(folder, folder.name)
  zip.end()
  exchange.response.writeHead(200, {
    'content-type': 'application/zip',
    'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(`${folder.name || 'download'}.zip`)}`,
  })
  await pipeline(zip.outputStream, exchange.response).catch(() => undefined)
}

/** `files=["a.txt","b/c.txt"]`: these of the folder alone. */
function selectionOf(
  { query }: Exchange,
  folder: FileNode,
  tree: Tree,
): { path: string; node: FileNode }[] | undefined {
  const files = query.get('files')
  if (files === null) return undefined
  return (JSON.parse(files) as string[]).map((path) => {
    const node = path.split('/').reduce<FileNode | undefined>((at, name) => at && tree.childOf(at, name), folder)
    if (!node) throw new DavError(404, 'NotFound', `File not found: ${path}`)
    return { path, node }
  })
}
