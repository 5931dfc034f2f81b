import { AppError } from '#platform/errors.ts'

export const shareKinds = ['user', 'group', 'link', 'email'] as const
export type ShareKind = (typeof shareKinds)[number]

/** As OCS numbers them; whatever else there is (rooms, teams) is not shown. */
export const kindNumbers: Readonly<Record<ShareKind, number>> = { user: 0, group: 1, link: 3, email: 4 }

const bits = { read: 1, update: 2, create: 4, delete: 8, share: 16 } as const
export type SharePermission = keyof typeof bits
export const sharePermissions = Object.keys(bits) as SharePermission[]

export type Share = {
  id: string
  kind: ShareKind
  fileId: string
  path: string
  isFolder: boolean
  permissions: SharePermission[]
  recipient: { id: string; name: string } | null
  owner: { id: string; name: string }
  token: string | null
  hasPassword: boolean
  /** A day; the share ends when it does. */
  expiresOn: string | null
  label: string
  note: string
  isDownloadHidden: boolean
  createdAt: Date
}

export const bitsOf = (permissions: readonly SharePermission[]): number =>
  permissions.reduce((sum, permission) => sum | bits[permission], 0)

/**
 * What OCS says of a share; undefined for one of another kind. Nothing else of its answer goes on: that of a link holds
 * the hash of its password.
 */
export function shareOf(answer: Readonly<Record<string, unknown>>): Share | undefined {
  const kind = shareKinds.find((name) => kindNumbers[name] === Number(answer.share_type))
  const id = text(answer.id)
  if (!kind || id === '') return undefined
  const isLink = kind === 'link'
  const recipient = { id: text(answer.share_with), name: text(answer.share_with_displayname) }
  return {
    ...{ id, kind, fileId: text(answer.item_source), path: text(answer.path) || '/' },
    isFolder: answer.item_type === 'folder',
    permissions: sharePermissions.filter((permission) => (Number(answer.permissions) & bits[permission]) !== 0),
    recipient: isLink ? null : recipient,
    owner: { id: text(answer.uid_owner), name: text(answer.displayname_owner) },
    token: isLink || kind === 'email' ? text(answer.token) || null : null,
    hasPassword: (isLink || kind === 'email') && text(answer.password) !== '',
    expiresOn: /^\d{4}-\d{2}-\d{2}/.exec(text(answer.expiration))?.[0] ?? null,
    ...{ label: text(answer.label), note: text(answer.note) },
    isDownloadHidden: Number(answer.hide_download) === 1,
    createdAt: new Date(Number(answer.stime) * 1000 || 0),
  }
}

const text = (value: unknown): string =>
  typeof value === 'string' ? value : typeof value === 'number' ? String(value) : ''

/** A policy of the installation: who may give things out of it. */
export type SharePolicy = {
  /** Whether this person may share with people who have no account here. */
  mayShareOutside(personId: string): Promise<boolean>
}

export const everybodyMay: SharePolicy = { mayShareOutside: async () => true }

export const outsideForbidden = () =>
  new AppError(
    'forbidden',
    'drive.outside_sharing_forbidden',
    'You may not share with people outside; share with people or groups here, or ask your administrator.',
  )
