import { destinationOf, type Exchange, forbidden, headerOf, notFound, send } from '../dav-exchange.ts'
import { type Resource, readDocument, resourceType, sendMultistatus, wantedOf } from '../multistatus.ts'
import type { FileDeps } from './file-methods.ts'
import { fileProperties } from './file-properties.ts'
import { permissionBits } from './shares.ts'
import type { FileNode } from './tree.ts'

/** `/remote.php/dav/trashbin/{uid}/trash`: a MOVE to `/trashbin/{uid}/restore/…` brings something back. */
export function createTrashMethods(deps: FileDeps) {
  const { tree, store, shares } = deps

  function here(exchange: Exchange): { uid: string; names: string[] } {
    const [uid = '', ...names] = exchange.path
    if (uid !== exchange.person.uid) throw forbidden()
    return { uid, names }
  }

  function itemOf(uid: string, names: readonly string[]): FileNode {
    const [collection, name, ...rest] = names
    let node = collection === 'trash' ? tree.trashOf(uid).find(({ trashed }) => trashed?.name === name) : undefined
    for (const one of rest) node = node && tree.childOf(node, one)
    if (!node) throw notFound()
    return node
  }

  function resourceOf(uid: string, names: readonly string[], node: FileNode, top: FileNode): Resource {
    const properties = fileProperties(
      deps,
      { node, permissions: permissionBits.all, share: undefined, isMount: false },
      uid,
    )
    const { trashed } = top
    return {
      names: ['trashbin', uid, ...names],
      isCollection: node.isFolder,
      properties: {
        ...properties,
        'd:displayname': () => node.name,
        'nc:trashbin-filename': () => node.name,
        'nc:trashbin-original-location': () => trashed?.location ?? '',
        'nc:trashbin-deletion-time': () => String(trashed?.at ?? 0),
        'nc:trashbin-title': () => trashed?.location ?? '',
        'nc:trashbin-deleted-by-id': () => uid,
      },
    }
  }

  const collection = (uid: string, names: readonly string[]): Resource => ({
    names: ['trashbin', uid, ...names],
    isCollection: true,
    properties: { 'd:resourcetype': () => resourceType('d:collection'), 'd:displayname': () => names.at(-1) ?? uid },
  })

  return {
    async PROPFIND(exchange: Exchange) {
      const wanted = wantedOf(await readDocument(exchange))
      const { uid, names } = here(exchange)
      const isDeep = headerOf(exchange, 'depth') !== '0'
      if (names.length === 1 && names[0] === 'trash') {
        const items = tree.trashOf(uid).map((node) => resourceOf(uid, ['trash', node.trashed?.name ?? ''], node, node))
        return sendMultistatus(exchange, [collection(uid, names), ...(isDeep ? items : [])], { wanted })
      }
      if (names.length === 0) {
        const inside = isDeep ? [collection(uid, ['trash']), collection(uid, ['restore'])] : []
        return sendMultistatus(exchange, [collection(uid, []), ...inside], { wanted })
      }
      const top = itemOf(uid, names.slice(0, 2))
      const node = itemOf(uid, names)
      const inside = isDeep
        ? tree.childrenOf(node).map((child) => resourceOf(uid, [...names, child.name], child, top))
        : []
      return sendMultistatus(exchange, [resourceOf(uid, names, node, top), ...inside], { wanted })
    },

    DELETE(exchange: Exchange) {
      const { uid, names } = here(exchange)
      const gone = names.length === 1 && names[0] === 'trash' ? tree.trashOf(uid) : [itemOf(uid, names)]
      for (const node of gone) store.forget(node)
      send(exchange, 204)
    },

    /** Back to where it was; to the top when that folder is gone, under another name when its own is taken. */
    MOVE(exchange: Exchange) {
      const { uid, names } = here(exchange)
      const node = itemOf(uid, names)
      const [mount, owner, place] = destinationOf(exchange)
      if (mount !== 'trashbin' || owner !== uid || place !== 'restore' || names.length !== 2) throw forbidden()
      const path = (node.trashed?.location ?? '').split('/')
      const parent = shares.locate(uid, path.slice(0, -1))
      const folder = parent?.node.isFolder && !parent.share ? parent.node : tree.rootOf(uid)
      tree.restore(node, folder, freeName(folder, node.name))
      send(exchange, 201)
    },
  }

  function freeName(folder: FileNode, name: string): string {
    const [, stem = name, ending = ''] = /^(.+?)(\.[^.]*)?$/.exec(name) ?? []
    let free = name
    for (let count = 1; tree.childOf(folder, free); count++)
      free = `${stem} (restored${count > 1 ? ` ${count}` : ''})${ending}`
    return free
  }
}
