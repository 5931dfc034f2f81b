import { randomBytes } from 'node:crypto'
import type { Records } from '../records.ts'
import type { FileNode, Tree } from './tree.ts'

/** As OCS numbers them. */
export const shareTypes = { user: 0, group: 1, link: 3, email: 4 } as const
/** Bits of what a share allows. */
export const permissionBits = { read: 1, update: 2, create: 4, delete: 8, share: 16, all: 31 } as const

export type Share = {
  id: number
  type: number
  owner: string
  nodeId: number
  /** A uid or the name of a group; null for a link. */
  shareWith: string | null
  permissions: number
  /** Where a recipient sees it, in their root; by uid, as each may rename it. */
  targets: Record<string, string>
  token: string | null
  password: string | null
  /** `2026-12-31` */
  expiration: string | null
  label: string
  note: string
  hideDownload: boolean
  /** Seconds since the epoch. */
  at: number
  /** Who took it out of their files. */
  leftBy: string[]
}

type Stored = { nextId: number; shares: Share[] }

/** Where a path leads, and what its visitor may do there. `share` is undefined for what is the visitor's own. */
export type Located = { node: FileNode; permissions: number; share: Share | undefined; isMount: boolean }

/** A tree of files as somebody sees it: their own with what others gave them, or what lies behind a link. */
export type Place = {
  /** In whose name it is seen. */
  uid: string
  /** What stands before its names in hrefs: `files`, `alice`. */
  prefix: readonly string[]
  locate(names: readonly string[]): Located | undefined
  /** What lies at its top beside what is in the folder itself. */
  mounts(): { name: string; located: Located }[]
}

export type Shares = Awaited<ReturnType<typeof openShares>>

/** Who gave what to whom. */
export async function openShares(
  records: Records,
  deps: { tree: Tree; groupsOf: (uid: string) => readonly string[]; now: () => number },
) {
  const { tree, groupsOf, now } = deps
  const { value: stored, changed } = await records.open<Stored>('shares', { nextId: 1, shares: [] })

  const isFor = (share: Share, uid: string): boolean =>
    !share.leftBy.includes(uid) &&
    ((share.type === shareTypes.user && share.shareWith === uid) ||
      (share.type === shareTypes.group && share.owner !== uid && groupsOf(uid).includes(share.shareWith ?? '')))

  const isExpired = ({ expiration }: Share): boolean =>
    expiration !== null && Date.parse(expiration) + 86_400_000 < now() * 1000

  const receivedBy = (uid: string): Share[] => stored.shares.filter((share) => isFor(share, uid) && !isExpired(share))

  /** The name under which it lies in the recipient's root, one that is free there. */
  function targetOf(share: Share, uid: string): string {
    const known = share.targets[uid]
    if (known !== undefined) return known
    const name = tree.byId(share.nodeId)?.name ?? ''
    const root = tree.rootOf(uid)
    const taken = (one: string) =>
      tree.childOf(root, one) !== undefined || receivedBy(uid).some((other) => other.targets[uid] === one)
    const [, stem = name, ending = ''] = /^(.+?)(\.[^.]*)?$/.exec(name) ?? []
    let target = name
    for (let count = 2; taken(target); count++) target = `${stem} (${count})${ending}`
    share.targets[uid] = target
    changed()
    return target
  }

  const mountsOf = (uid: string): { name: string; located: Located }[] =>
    receivedBy(uid).flatMap((share) => {
      const node = tree.byId(share.nodeId)
      if (!node || node.trashed) return []
      return [{ name: targetOf(share, uid), located: { node, permissions: share.permissions, share, isMount: true } }]
    })

  /** Where the names lead in the person's files. */
  function locate(uid: string, names: readonly string[]): Located | undefined {
    const [first, ...rest] = names
    if (first === undefined) {
      return { node: tree.rootOf(uid), permissions: permissionBits.all, share: undefined, isMount: false }
    }
    const own = tree.childOf(tree.rootOf(uid), first)
    let at: Located | undefined = own
      ? { node: own, permissions: permissionBits.all, share: undefined, isMount: false }
      : mountsOf(uid).find(({ name }) => name === first)?.located
    for (const name of rest) {
      const child = at && tree.childOf(at.node, name)
      at = at && child ? { ...at, node: child, isMount: false } : undefined
    }
    return at
  }

  // What is shared changes for its recipients as well: up to their roots.
  tree.onTouch((node) => {
    for (const share of stored.shares) {
      if (share.nodeId !== node.id || share.type === shareTypes.link) continue
      const recipients = new Set([
        ...Object.keys(share.targets),
        ...(share.type === shareTypes.user && share.shareWith ? [share.shareWith] : []),
      ])
      for (const uid of recipients) if (uid !== node.owner) tree.touch(tree.rootOf(uid))
    }
  })

  return {
    mountsOf,
    receivedBy,
    targetOf,
    changed,
    givenBy: (uid: string): Share[] => stored.shares.filter(({ owner }) => owner === uid),
    of: (nodeId: number): Share[] => stored.shares.filter((share) => share.nodeId === nodeId && !isExpired(share)),
    byId: (id: number): Share | undefined => stored.shares.find((share) => share.id === id),
    byToken: (token: string): Share | undefined =>
      stored.shares.find((share) => share.token === token && !isExpired(share)),
    mayUse: (share: Share, uid: string): boolean => share.owner === uid || isFor(share, uid),

    placeOf: (uid: string): Place => ({
      uid,
      prefix: ['files', uid],
      locate: (names) => locate(uid, names),
      mounts: () => mountsOf(uid),
    }),

    /** What a visitor of the link sees. */
    placeOfLink(share: Share): Place {
      const { permissions, owner, nodeId, token } = share
      return {
        uid: owner,
        prefix: ['files', token ?? ''],
        locate(names) {
          let node = tree.byId(nodeId)
          for (const name of names) node = node && tree.childOf(node, name)
          return node && { node, permissions, share: undefined, isMount: false }
        },
        mounts: () => [],
      }
    },

    locate,

    add(share: Pick<Share, 'type' | 'owner' | 'nodeId' | 'shareWith' | 'permissions'> & Partial<Share>): Share {
      const made: Share = {
        ...{ id: stored.nextId++, targets: {}, password: null, expiration: null, label: '', note: '' },
        ...{ token: share.type === shareTypes.link ? randomBytes(12).toString('base64url').slice(0, 15) : null },
        ...{ hideDownload: false, at: now(), leftBy: [] },
        ...share,
      }
      stored.shares.push(made)
      changed()
      tree.touch(tree.byId(made.nodeId))
      return made
    },

    remove(share: Share): void {
      stored.shares.splice(stored.shares.indexOf(share), 1)
      changed()
      tree.touch(tree.byId(share.nodeId))
    },

    /** What is gone is shared no longer. */
    removeOf(nodeIds: ReadonlySet<number>): void {
      stored.shares = stored.shares.filter(({ nodeId }) => !nodeIds.has(nodeId))
      changed()
    },
  }
}
