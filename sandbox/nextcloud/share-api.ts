import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { contentTypeOf } from './files/content-types.ts'
import type { FileView } from './files/file-properties.ts'
import { permissionBits, type Share, shareTypes } from './files/shares.ts'
import { OcsError, type OcsRequest, type OcsRoute } from './ocs.ts'

/** A stand-in for Argon2, in its form: it leaves the server, as Nextcloud's does. */
function hashPassword(password: string, salt = randomBytes(8).toString('hex')): string {
  return `3|$argon2id$v=19$m=65536,t=4,p=1$${salt}$${createHash('sha256')
    .update(salt + password)
    .digest('base64url')}`
}

export function isPassword(hash: string, password: string): boolean {
  const salt = hash.split('$')[4] ?? ''
  const [wanted, given] = [Buffer.from(hash), Buffer.from(hashPassword(password, salt))]
  return wanted.length === given.length && timingSafeEqual(wanted, given)
}

/** `/ocs/v2.php/apps/files_sharing/api/v1`. */
export function shareApi({ view, url }: { view: FileView; url: () => string }): OcsRoute[] {
  const { people, tree, shares } = view
  const base = '\\/apps\\/files_sharing\\/api\\/v1'
  const displayNameOf = (uid: string | null) => (uid === null ? '' : (people.find(uid)?.displayName ?? uid))

  function presented(share: Share, uid: string) {
    const node = tree.byId(share.nodeId)
    if (!node) return undefined
    const isOwner = share.owner === uid
    const path = isOwner ? `/${tree.namesOf(node).join('/')}` : `/${shares.targetOf(share, uid)}`
    const isLink = share.type === shareTypes.link
    return {
      ...{ id: String(share.id), share_type: share.type, permissions: share.permissions, stime: share.at },
      ...{ uid_owner: share.owner, displayname_owner: displayNameOf(share.owner) },
      ...{ uid_file_owner: node.owner, displayname_file_owner: displayNameOf(node.owner) },
      ...{ path, item_type: node.isFolder ? 'folder' : 'file', item_source: node.id, file_source: node.id },
      ...{ file_parent: node.parent, file_target: isOwner ? path : `/${shares.targetOf(share, uid)}` },
      ...{
        mimetype: node.isFolder ? 'httpd/unix-directory' : contentTypeOf(node.name),
        item_size: node.size,
        item_mtime: node.modified,
      },
      // Of a link with a password, Nextcloud's answers carry its hash.
      share_with: isLink ? share.password : share.shareWith,
      share_with_displayname: isLink ? '(Shared link)' : displayNameOf(share.shareWith),
      ...(isLink && { password: share.password, token: share.token, url: `${url()}/s/${share.token}` }),
      expiration: share.expiration && `${share.expiration} 00:00:00`,
      ...{
        label: share.label,
        note: share.note,
        hide_download: share.hideDownload ? 1 : 0,
        parent: null,
        mail_send: 0,
      },
      ...{ can_edit: isOwner, can_delete: true },
    }
  }

  function find({ person, parameters: [id] }: OcsRequest): Share {
    const share = shares.byId(Number(id))
    if (!share || !shares.mayUse(share, person.uid)) throw new OcsError(404, 'Wrong share ID, share does not exist')
    return share
  }

  function nodeAt(uid: string, path: string | undefined) {
    const located = shares.locate(uid, (path ?? '').split('/').filter(Boolean))
    if (!located || located.node.parent === null) throw new OcsError(404, 'Wrong path, file/folder does not exist')
    return located
  }

  function recipientOf(type: number, shareWith: string | undefined, uid: string): string | null {
    if (type === shareTypes.link) return null
    if (type === shareTypes.group) {
      if (!people.list().some(({ groups }) => groups.includes(shareWith ?? '')))
        throw new OcsError(404, 'Please specify a valid group')
      return shareWith ?? ''
    }
    if (type !== shareTypes.user) throw new OcsError(400, 'Unknown share type')
    const person = people.find(shareWith ?? '')
    if (!person) throw new OcsError(404, 'Please specify a valid account to share with')
    if (person.uid === uid) throw new OcsError(403, 'You cannot share this with yourself')
    return person.uid
  }

  function create({ person, get }: OcsRequest) {
    const { node, permissions } = nodeAt(person.uid, get('path'))
    const type = Number(get('shareType') ?? -1)
    if (!(permissions & permissionBits.share)) throw new OcsError(403, 'You are not allowed to share this')
    const shareWith = recipientOf(type, get('shareWith'), person.uid)
    if (shareWith !== null && shares.of(node.id).some((one) => one.type === type && one.shareWith === shareWith)) {
      throw new OcsError(
        403,
        `Sharing ${node.name} failed, because this item is already shared with the account ${shareWith}`,
      )
    }
    const password = get('password')
    const share = shares.add({
      ...{ type, owner: person.uid, nodeId: node.id, shareWith },
      permissions: permissionsOf(type, node.isFolder, get) & permissions,
      password: password ? hashPassword(password) : null,
      expiration: expirationOf(get('expireDate')),
      ...{ label: get('label') ?? '', note: get('note') ?? '' },
    })
    if (type === shareTypes.user && shareWith !== null) shares.targetOf(share, shareWith)
    return presented(share, person.uid)
  }

  function update(request: OcsRequest) {
    const share = find(request)
    const { person, get } = request
    if (share.owner !== person.uid) throw new OcsError(403, 'You are not allowed to edit this share')
    const [permissions, password, expireDate] = [get('permissions'), get('password'), get('expireDate')]
    if (permissions !== undefined) share.permissions = Number(permissions)
    if (password !== undefined) share.password = password === '' ? null : hashPassword(password)
    if (expireDate !== undefined) share.expiration = expirationOf(expireDate)
    share.label = get('label') ?? share.label
    share.note = get('note') ?? share.note
    share.hideDownload = (get('hideDownload') ?? String(share.hideDownload)) === 'true'
    shares.changed()
    tree.touch(tree.byId(share.nodeId))
    return presented(share, person.uid)
  }

  function list({ person, get }: OcsRequest) {
    if (get('shared_with_me') === 'true')
      return shares.receivedBy(person.uid).map((share) => presented(share, person.uid))
    const path = get('path')
    const given = shares.givenBy(person.uid)
    if (path === undefined) return given.map((share) => presented(share, person.uid))
    const { node } = nodeAt(person.uid, path)
    const ids = new Set(get('subfiles') === 'true' ? tree.childrenOf(node).map(({ id }) => id) : [node.id])
    return given.filter(({ nodeId }) => ids.has(nodeId)).map((share) => presented(share, person.uid))
  }

  return [
    { method: 'GET', pattern: new RegExp(`^${base}\\/shares$`), answer: (request) => list(request).filter(Boolean) },
    { method: 'POST', pattern: new RegExp(`^${base}\\/shares$`), answer: create },
    {
      method: 'GET',
      pattern: new RegExp(`^${base}\\/shares\\/(\\d+)$`),
      answer: (request) => [presented(find(request), request.person.uid)],
    },
    { method: 'PUT', pattern: new RegExp(`^${base}\\/shares\\/(\\d+)$`), answer: update },
    {
      method: 'DELETE',
      pattern: new RegExp(`^${base}\\/shares\\/(\\d+)$`),
      answer: (request) => {
        const share = find(request)
        if (share.owner === request.person.uid) return void shares.remove(share)
        share.leftBy.push(request.person.uid)
        shares.changed()
        tree.touch(tree.rootOf(request.person.uid))
      },
    },
    {
      method: 'GET',
      pattern: new RegExp(`^${base}\\/sharees$`),
      answer: ({ person, get }) => {
        const search = (get('search') ?? '').toLowerCase()
        const matches = (text: string | null) => text?.toLowerCase().includes(search)
        const found = people
          .list()
          .filter(
            (one) =>
              one !== person && !one.isAdmin && (matches(one.uid) || matches(one.displayName) || matches(one.email)),
          )
        const groups = [...new Set(people.list().flatMap((one) => one.groups))].filter(matches)
        return {
          exact: { users: [], groups: [] },
          users: found.map(({ uid, displayName }) => ({
            label: displayName,
            shareWithDisplayNameUnique: uid,
            value: { shareType: 0, shareWith: uid },
          })),
          groups: groups.map((group) => ({ label: group, value: { shareType: 1, shareWith: group } })),
        }
      },
    },
  ]
}

function permissionsOf(type: number, isFolder: boolean, get: OcsRequest['get']): number {
  const given = get('permissions')
  const { read, update, create, delete: remove, all, share } = permissionBits
  if (type !== shareTypes.link) {
    const wanted = given === undefined ? all : Number(given)
    return isFolder ? wanted : wanted & ~(create | remove)
  }
  const byUpload = get('publicUpload') === 'true' ? read | update | create | remove : read
  const wanted = given === undefined ? byUpload : Number(given)
  return (isFolder ? wanted : wanted & ~(create | remove)) & ~share
}

function expirationOf(date: string | undefined): string | null {
  if (!date) return null
  const [, day] = /^(\d{4}-\d{2}-\d{2})/.exec(date) ?? []
  if (!day || Number.isNaN(Date.parse(day))) throw new OcsError(404, 'Invalid date. Format must be YYYY-MM-DD')
  if (Date.parse(day) < Date.now() - 86_400_000) throw new OcsError(404, 'Expiration date is in the past')
  return day
}
