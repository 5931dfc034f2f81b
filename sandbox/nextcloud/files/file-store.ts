import type { IncomingMessage } from 'node:http'
import { DavError, forbidden, notFound, preconditionFailed } from '../dav-exchange.ts'
import type { Blobs } from './blobs.ts'
import { requireValidName } from './file-names.ts'
import { availableOf, type FileView } from './file-properties.ts'
import { type Located, type Place, permissionBits } from './shares.ts'
import type { FileNode } from './tree.ts'
import type { Versions } from './versions.ts'

export type FileStore = ReturnType<typeof createFileStore>

/** What changes files, whoever asks: their owner, a recipient, a visitor of a link, an upload that is put together. */
export function createFileStore(deps: FileView & { blobs: Blobs; versions: Versions }) {
  const { tree, shares, blobs, versions } = deps

  function requireRoom(owner: string, bytes: number): void {
    const available = availableOf(deps, owner)
    if (available >= 0 && bytes > available) throw new DavError(507, 'InsufficientStorage', 'Insufficient space')
  }

  function forget(node: FileNode): void {
    const ids = new Set([...tree.below(node)].map(({ id }) => id))
    shares.removeOf(ids)
    const contents = [...tree.remove(node), ...[...ids].flatMap(versions.removeOf)]
    for (const blob of contents) void blobs.remove(blob)
  }

  return {
    requireRoom,

    /** The folder in which a name is to be. @throws DavError of `missing` when there is none. */
    parentOf(place: Place, names: readonly string[], missing: 404 | 409): Located {
      const parent = place.locate(names.slice(0, -1))
      if (!parent?.node.isFolder) {
        throw missing === 404
          ? notFound('The parent folder')
          : new DavError(409, 'Conflict', 'Parent node does not exist')
      }
      requireValidName(names.at(-1) ?? '')
      return parent
    },

    /** Stores a body as the content of a file, new or there already. */
    async write(
      parent: Located,
      name: string,
      existing: Located | undefined,
      options: {
        request: IncomingMessage
        hashes?: readonly string[]
        checksum: string | null
        modified: number | undefined
      },
    ) {
      const allowed = existing ?? parent
      if (!(allowed.permissions & (existing ? permissionBits.update : permissionBits.create))) throw forbidden()
      const expected = Number(options.request.headers['content-length'] ?? 0)
      requireRoom(parent.node.owner, expected - (existing?.node.size ?? 0))
      const stored = await blobs.write(options.request, options.hashes)
      return { node: this.keep(parent, name, existing?.node, { ...stored, ...options }), hashes: stored.hashes }
    },

    /** Gives a content that is there already to a file; what it had becomes a version. */
    keep(
      parent: Located,
      name: string,
      existing: FileNode | undefined,
      content: { blob: string; size: number; checksum: string | null; modified: number | undefined },
    ): FileNode {
      const { blob, size, checksum, modified } = content
      const at = modified === undefined ? {} : { modified }
      if (!existing) return tree.add(parent.node, { name, isFolder: false, blob, size, checksum, ...at })
      if (existing.isFolder) throw new DavError(409, 'Conflict', 'There is a folder of this name')
      versions.keep(existing, tree.replaceContent(existing, { blob, size, checksum, ...at }))
      return existing
    },

    /** To the trash; a share is only taken out of the recipient's files. */
    delete({ uid }: Place, located: Located): void {
      const { node, share, isMount, permissions } = located
      if (node.parent === null) throw forbidden()
      if (isMount && share) {
        share.leftBy.push(uid)
        shares.changed()
        tree.touch(tree.rootOf(uid))
        return
      }
      if (!(permissions & permissionBits.delete)) throw forbidden()
      shares.removeOf(new Set([...tree.below(node)].map(({ id }) => id)))
      tree.trash(node, tree.namesOf(node).join('/'))
    },

    forget,

    /** @returns whether something was replaced. */
    move(
      place: Place,
      from: { located: Located; names: readonly string[] },
      to: readonly string[],
      options: { overwrite: boolean },
    ): boolean {
      const { located, names } = from
      const { node, share, isMount } = located
      if (node.parent === null) throw forbidden()
      const parent = this.parentOf(place, to, 409)
      const name = to.at(-1) ?? ''
      if (to.join('/') === names.join('/')) throw forbidden('Source and destination uri are identical.')
      if (`${to.join('/')}/`.startsWith(`${names.join('/')}/`)) {
        throw new DavError(409, 'Conflict', 'The destination may not be part of the same subtree as the source path.')
      }
      if (isMount && share) {
        if (to.length !== 1) throw forbidden('A share stays at the top of your files')
        share.targets[place.uid] = name
        shares.changed()
        tree.touch(tree.rootOf(place.uid))
        return false
      }
      const isRename = parent.node.id === node.parent
      if (!(located.permissions & (isRename ? permissionBits.update : permissionBits.delete))) throw forbidden()
      if (!isRename && !(parent.permissions & permissionBits.create)) throw forbidden()
      const replaced = place.locate(to)
      if (replaced && !options.overwrite)
        throw preconditionFailed('The destination node already exists, and the overwrite header is set to false')
      if (replaced) this.delete(place, replaced)
      tree.move(node, parent.node, name)
      return replaced !== undefined
    },

    async copy(place: Place, from: Located, to: readonly string[], options: { overwrite: boolean }): Promise<boolean> {
      const parent = this.parentOf(place, to, 409)
      if (!(parent.permissions & permissionBits.create)) throw forbidden()
      const replaced = place.locate(to)
      if (replaced && !options.overwrite)
        throw preconditionFailed('The destination node already exists, and the overwrite header is set to false')
      requireRoom(parent.node.owner, from.node.size)
      if ([...tree.below(from.node)].some(({ id }) => id === parent.node.id))
        throw new DavError(409, 'Conflict', 'Into itself')
      if (replaced) this.delete(place, replaced)
      await copyInto(from.node, parent.node, to.at(-1) ?? '')
      return replaced !== undefined
    },
  }

  async function copyInto(node: FileNode, parent: FileNode, name: string): Promise<void> {
    const { isFolder, checksum, modified } = node
    const blob = node.blob === null ? null : await blobs.copy(node.blob)
    const copy = tree.add(parent, { name, isFolder, blob, checksum, ...(!isFolder && { size: node.size, modified }) })
    for (const child of tree.childrenOf(node)) await copyInto(child, copy, child.name)
  }
}
