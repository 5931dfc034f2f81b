import type { FolderOp, FolderTarget } from './folder-op-store.ts'

/** A folder as its server has it; `path` of one that is not there yet is what was asked for. */
export type FolderPlace = { id: string; path: string; delimiter: string | null; isOnServer: boolean }

/**
 * Where an owner sees their folders: the server's paths with the open operations, oldest first, applied to them. A
 * folder that was deleted has no path. Renaming a folder renames all that lie in it (RFC 3501 §6.3.5).
 */
export function shownPaths(folders: readonly FolderPlace[], ops: readonly FolderOp[]): Map<string, string> {
  const byId = new Map(folders.map((folder) => [folder.id, folder]))
  const paths = new Map(folders.filter((folder) => folder.isOnServer).map(({ id, path }) => [id, path]))
  for (const op of ops) {
    const folder = byId.get(op.folder_id)
    if (!folder) continue
    if (op.kind === 'delete') paths.delete(folder.id)
    if (op.kind !== 'create' && op.kind !== 'rename') continue
    const wanted = targetPath(op.change, folder.delimiter, (id) => paths.get(id)) ?? folder.path
    const former = paths.get(folder.id)
    paths.set(folder.id, wanted)
    if (former === undefined || folder.delimiter === null) continue
    for (const [id, path] of paths) {
      if (isInside(path, former, folder.delimiter)) paths.set(id, wanted + path.slice(former.length))
    }
  }
  return paths
}

/** Undefined when the folder in which it is to lie is gone. */
export function targetPath(
  { parent_id, prefix, name }: FolderTarget,
  delimiter: string | null,
  pathOf: (folderId: string) => string | undefined,
): string | undefined {
  if (parent_id === null) return prefix + name
  const parent = pathOf(parent_id)
  return parent === undefined ? undefined : parent + (delimiter ?? '') + name
}

export const isInside = (path: string, folder: string, delimiter: string): boolean =>
  path.startsWith(folder + delimiter)

/** The last part of a path. */
export const nameOf = (path: string, delimiter: string | null): string =>
  delimiter === null ? path : path.slice(path.lastIndexOf(delimiter) + 1)

/** What comes before the name, the delimiter included; empty for a folder at the top. */
export const prefixOf = (path: string, delimiter: string | null): string =>
  path.slice(0, path.length - nameOf(path, delimiter).length)
