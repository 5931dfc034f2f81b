import type { Dirent } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isSegment } from './object-key.ts'
import type { ObjectEntry } from './objects.ts'

/**
 * The files below `directory` whose keys begin with `prefix` and come behind `after`, in the order of their keys' bytes.
 * Of directories that hold no such key nothing is read.
 */
export async function* walkObjects(
  directory: string,
  { prefix, after }: { prefix: string; after: string },
  parent = '',
): AsyncGenerator<ObjectEntry> {
  for (const path of await readSorted(join(directory, parent), parent)) {
    if (path.endsWith('/')) {
      const mayMatch = path.startsWith(prefix) || prefix.startsWith(path)
      if (mayMatch && (path > after || after.startsWith(path))) yield* walkObjects(directory, { prefix, after }, path)
      continue
    }
    if (!path.startsWith(prefix) || path <= after) continue
    const found = await stat(join(directory, path)).catch(ignoreMissing)
    if (found?.isFile()) yield { key: path, size: found.size, modifiedAt: found.mtime }
  }
}

/** Keys of files, and of directories with a `/` behind: so sorted, `a-b` comes before `a/b`, as their bytes do. */
async function readSorted(path: string, parent: string): Promise<string[]> {
  const entries: Dirent[] = (await readdir(path, { withFileTypes: true }).catch(ignoreMissing)) ?? []
  return entries
    .filter((entry) => isSegment(entry.name) && (entry.isFile() || entry.isDirectory()))
    .map((entry) => parent + entry.name + (entry.isDirectory() ? '/' : ''))
    .sort((one, other) => (one < other ? -1 : 1))
}

/** Undefined for what is not there, is a directory, or was removed since it was listed. */
export function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (!missing.has(error.code ?? '')) throw error
}

const missing = new Set(['ENOENT', 'ENOTDIR', 'EISDIR'])
