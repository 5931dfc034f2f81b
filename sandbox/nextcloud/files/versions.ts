import type { Records } from '../records.ts'
import type { FileNode } from './tree.ts'

/** An earlier content of a file. It goes by the second of its change. */
export type Version = { at: number; blob: string | null; size: number; etag: string }

export type Versions = Awaited<ReturnType<typeof openVersions>>

export async function openVersions(records: Records) {
  const { value: stored, changed } = await records.open<Record<string, Version[]>>('versions', {})
  return {
    /** Newest first. */
    of: (nodeId: number): Version[] => [...(stored[nodeId] ?? [])].sort((a, b) => b.at - a.at),

    keep(node: FileNode, before: { blob: string | null; size: number; etag: string; modified: number }): void {
      const versions = stored[node.id] ?? []
      stored[node.id] = versions
      let at = before.modified
      while (versions.some((version) => version.at === at)) at++
      versions.push({ at, blob: before.blob, size: before.size, etag: before.etag })
      changed()
    },

    /** It becomes the current one, and so a version no longer. */
    take(nodeId: number, version: Version): void {
      stored[nodeId] = (stored[nodeId] ?? []).filter(({ at }) => at !== version.at)
      changed()
    },

    /** @returns the contents that nobody needs any more. */
    removeOf(nodeId: number): string[] {
      const blobs = (stored[nodeId] ?? []).flatMap(({ blob }) => blob ?? [])
      delete stored[nodeId]
      changed()
      return blobs
    },
  }
}
