import { davPath, encodePath } from '#integrations/dav/dav-path.ts'

/** Where the address books of somebody lie at Nextcloud. */
export const homeOf = (uid: string): string => davPath('addressbooks', 'users', uid)

/** A contact's place: in whose home, in which book, under which name. */
export type ContactRef = { user: string; book: string; object: string }

/** As the API names a contact: its CardDAV path, percent-encoded. */
export const contactPath = ({ user, book, object }: ContactRef): string =>
  `/remote.php/dav${encodePath(davPath('addressbooks', 'users', user, book, object))}`

const pattern = /^\/remote\.php\/dav\/addressbooks\/users\/([^/]+)\/([^/]+)\/([^/]+)$/

/** The place that such a path names; undefined for what is none. */
export function refOfPath(path: string): ContactRef | undefined {
  const [, ...encoded] = pattern.exec(path) ?? []
  try {
    const [user, book, object] = encoded.map(decodeURIComponent)
    return user && book && object ? { user, book, object } : undefined
  } catch {
    return undefined
  }
}
