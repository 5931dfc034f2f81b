import { randomBytes } from 'node:crypto'
import type { Records } from '../records.ts'

/** A file or folder. `owner` has it in their own tree, whoever it is shared with. */
export type FileNode = {
  id: number
  owner: string
  /** Null for an owner's root, and for what lies in the trash. */
  parent: number | null
  name: string
  isFolder: boolean
  etag: string
  /** Seconds since the epoch. */
  modified: number
  created: number
  /** Of a folder: of everything in it. */
  size: number
  blob: string | null
  checksum: string | null
  favoriteOf: string[]
  /** Properties that somebody set, by name. */
  custom: Record<string, string>
  trashed: { name: string; location: string; at: number } | null
}

type Stored = { nextId: number; nodes: Record<string, FileNode>; roots: Record<string, number> }

export type Tree = Awaited<ReturnType<typeof openTree>>

const newEtag = () => randomBytes(16).toString('hex')

/** Everybody's files. `onTouch` hears of each node whose ETag changed, so that whoever shares it learns of it. */
export async function openTree(records: Records, now: () => number) {
  const { value: stored, changed } = await records.open<Stored>('files', { nextId: 1, nodes: {}, roots: {} })
  const children = new Map<number, Map<string, FileNode>>()
  const listeners = new Set<(node: FileNode) => void>()
  for (const node of Object.values(stored.nodes)) link(node)

  function link(node: FileNode): void {
    if (node.parent === null) return
    const siblings = children.get(node.parent) ?? new Map<string, FileNode>()
    siblings.set(node.name, node)
    children.set(node.parent, siblings)
  }

  const unlink = (node: FileNode): void => {
    if (node.parent !== null) children.get(node.parent)?.delete(node.name)
  }

  function make(node: Partial<FileNode> & Pick<FileNode, 'owner' | 'parent' | 'name' | 'isFolder'>): FileNode {
    const at = now()
    const made: FileNode = {
      ...{ id: stored.nextId++, etag: newEtag(), modified: at, created: at, size: 0, blob: null, checksum: null },
      ...{ favoriteOf: [], custom: {}, trashed: null },
      ...node,
    }
    stored.nodes[made.id] = made
    link(made)
    changed()
    return made
  }

  const byId = (id: number | null): FileNode | undefined => (id === null ? undefined : stored.nodes[id])

  /** A change to a node gives it and all above it new ETags; sizes above follow. */
  function touch(node: FileNode | undefined, sizeDelta = 0): void {
    for (let at = node; at; at = byId(at.parent)) {
      at.etag = newEtag()
      if (at.isFolder) {
        at.size += sizeDelta
        if (at !== node || sizeDelta !== 0) at.modified = now()
      }
      for (const listener of listeners) listener(at)
    }
    changed()
  }

  function rootOf(owner: string): FileNode {
    const known = byId(stored.roots[owner] ?? null)
    if (known) return known
    const root = make({ owner, parent: null, name: '', isFolder: true })
    stored.roots[owner] = root.id
    return root
  }

  const childrenOf = (node: FileNode): FileNode[] => [...(children.get(node.id)?.values() ?? [])]

  function* below(node: FileNode): Generator<FileNode> {
    yield node
    for (const child of childrenOf(node)) yield* below(child)
  }

  return {
    byId,
    rootOf,
    childrenOf,
    below,
    touch,
    changed,
    onTouch: (listener: (node: FileNode) => void): void => void listeners.add(listener),
    childOf: (node: FileNode, name: string): FileNode | undefined => children.get(node.id)?.get(name),

    add(parent: FileNode, node: Pick<FileNode, 'name' | 'isFolder'> & Partial<FileNode>): FileNode {
      const made = make({ owner: parent.owner, parent: parent.id, ...node })
      touch(parent, made.size)
      return made
    },

    /** Gives a file other content; the answer is what it had. */
    replaceContent(
      node: FileNode,
      content: { blob: string | null; size: number; checksum: string | null; modified?: number },
    ) {
      const before = { blob: node.blob, size: node.size, modified: node.modified, etag: node.etag }
      const delta = content.size - node.size
      Object.assign(node, { blob: content.blob, size: content.size, checksum: content.checksum })
      node.modified = content.modified ?? now()
      node.etag = newEtag()
      touch(byId(node.parent), delta)
      return before
    },

    move(node: FileNode, parent: FileNode, name: string): void {
      const from = byId(node.parent)
      unlink(node)
      touch(from, -node.size)
      for (const one of below(node)) one.owner = parent.owner
      Object.assign(node, { parent: parent.id, name })
      link(node)
      touch(parent, node.size)
    },

    trash(node: FileNode, location: string): void {
      const from = byId(node.parent)
      unlink(node)
      touch(from, -node.size)
      const at = now()
      Object.assign(node, { parent: null, trashed: { name: `${node.name}.d${at}`, location, at } })
      changed()
    },

    trashOf: (owner: string): FileNode[] =>
      Object.values(stored.nodes).filter((node) => node.owner === owner && node.trashed !== null),

    restore(node: FileNode, parent: FileNode, name: string): void {
      Object.assign(node, { parent: parent.id, name, trashed: null })
      link(node)
      touch(parent, node.size)
    },

    /** Forgets a node and all below it. @returns their contents. */
    remove(node: FileNode): string[] {
      unlink(node)
      const gone = [...below(node)]
      if (node.parent !== null) touch(byId(node.parent), -node.size)
      for (const one of gone) {
        delete stored.nodes[one.id]
        children.delete(one.id)
      }
      changed()
      return gone.flatMap(({ blob }) => blob ?? [])
    },

    /** The names from the owner's root down to the node. */
    namesOf(node: FileNode): string[] {
      const names: string[] = []
      for (let at: FileNode | undefined = node; at?.parent != null; at = byId(at.parent)) names.unshift(at.name)
      return names
    },
  }
}
