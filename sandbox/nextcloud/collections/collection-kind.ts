import type { XmlElement, XmlName } from '../../../src/integrations/dav/xml.ts'
import type { Exchange } from '../dav-exchange.ts'
import type { Properties, Resource } from '../multistatus.ts'
import type { Person } from '../people.ts'
import type { Access, Collection, Seen, StoredObject } from './collection-store.ts'

/** A write that is about to happen: `content` is what is to be kept, undefined for a removal. */
export type Writing = { person: Person; seen: Seen; name: string; before: StoredObject | undefined }

/** What tells calendars from address books. */
export type CollectionKind = {
  /** The names of a home below `/remote.php/dav`. */
  home: (uid: string) => readonly string[]
  /** By which a collection is made. */
  maker: 'MKCALENDAR' | 'MKCOL'
  /** Beside `d:collection`. */
  type: XmlName
  multiget: XmlName
  contentProperty: XmlName
  contentType: string
  /** Deleted ones go there first. */
  hasTrash: boolean
  /** Properties of a collection beside those that all have. */
  properties: (exchange: Exchange, seen: Seen) => Properties
  /** What is kept of a property that somebody sets; its text by default. */
  textOf?: (element: XmlElement) => string
  /** What is kept of the content that was sent, and what else follows from it. @throws DavError */
  write: (writing: Writing, content: string) => string
  remove?: (writing: Writing) => void
  /** An object as one sees it with whom it is shared; undefined where it is hidden from them. */
  shared?: (object: StoredObject, access: Access) => StoredObject | undefined
  /** How a content is shown to one who asks for it with these attributes and children. */
  show?: (content: string, wanted: XmlElement) => string
  /** Other reports of a collection or the home, by the name of their root. */
  reports?: Readonly<Record<XmlName, (exchange: Exchange, document: XmlElement, seen: Seen | undefined) => void>>
  /** What else a home has, such as the outbox. */
  others?: (exchange: Exchange, uid: string) => readonly Resource[]
  /** Handles what lies at those others. @returns false when it is none of them. */
  serveOther?: (exchange: Exchange, path: readonly string[]) => Promise<boolean>
}

/** An object with that UID elsewhere in the collection is refused; `uidOf` reads one. */
export const hasUid = (
  collection: Collection,
  uid: string,
  options: { except: string; uidOf: (content: string) => string | undefined },
): boolean =>
  Object.values(collection.objects).some(
    ({ name, content }) => name !== options.except && options.uidOf(content) === uid,
  )
