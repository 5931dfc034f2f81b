import type { DavClient } from './dav-client.ts'
import { type CollectionChanges, createDavCollections, type Sharing } from './dav-collections.ts'
import { readText } from './dav-http.ts'
import { type DavPath, davPath } from './dav-path.ts'
import { type DavResource, holds, textOf } from './multistatus.ts'
import { childOf, childrenOf, xml } from './xml.ts'

/** An address book as its server tells of it. */
export type RemoteBook = {
  /** Of the collection in its home. */
  name: string
  displayName: string
  description: string
  isReadOnly: boolean
  /** The last part of its owner's principal, where that is somebody else. */
  sharedBy: string | undefined
  shares: readonly { user: string; access: 'read' | 'read_write' }[]
  /** Undefined for a server that has none: everything is read each time. */
  syncToken: string | undefined
}

/** A vCard as it lies there; `object` is the last part of its path. */
export type RemoteCard = { object: string; etag: string; vcard: string }

export type AddressBooks = ReturnType<typeof createAddressBooks>

const bookProps = [
  ...['d:resourcetype', 'd:displayname', 'd:sync-token', 'cs:getctag', 'card:addressbook-description'],
  ...['oc:owner-principal', 'oc:read-only', 'oc:invite', 'd:current-user-privilege-set'],
]
/** Nextcloud's own: its accounts as contacts, and what apps make up. */
const isGenerated = (name: string): boolean => /^z-(server|app)-generated--/.test(name)
/** vCard 4 is read back as 3.0 by Nextcloud unless it is asked for. */
const content = xml('card:address-data', { 'content-type': 'text/vcard', version: '4.0' })
const accept = 'text/vcard; version=4.0, text/vcard;q=0.5'
const limits = { bytes: 16 * 1024 * 1024, timeoutMs: 60_000 }

/** CardDAV (RFC 6352): the address books in the home of one person. */
export function createAddressBooks(dav: DavClient, home: DavPath) {
  const collections = createDavCollections(dav)
  const [...homeNames] = home.split('/').filter(Boolean)
  const owner = homeNames.at(-1) ?? ''
  const bookPath = (book: string): DavPath => `${davPath(...homeNames, book)}/`
  const cardPath = (book: string, object: string): DavPath => davPath(...homeNames, book, object)
  const set = ({ displayName, description }: { displayName?: string; description?: string }) => [
    ...(displayName === undefined ? [] : [xml('d:displayname', {}, displayName)]),
    ...(description === undefined ? [] : [xml('card:addressbook-description', {}, description)]),
  ]

  async function read(book: string, object: string): Promise<RemoteCard> {
    const answer = await dav.get(cardPath(book, object), { headers: { accept } })
    const vcard = await readText(answer.body, limits)
    return { object, etag: answer.headers.etag ?? '', vcard }
  }

  return {
    async list(): Promise<RemoteBook[]> {
      const found = await dav.propfind(`${davPath(...homeNames)}/`, { depth: '1', props: bookProps })
      return found
        .filter((one) => holds(one, 'd:resourcetype', 'card:addressbook'))
        .map((one) => bookOf(one, owner))
        .filter(({ name }) => !isGenerated(name))
    },

    changesSince: (book: string, token: string | undefined): Promise<CollectionChanges> =>
      collections.changesSince(bookPath(book), token),

    /** Those of the objects that are there, in batches. */
    async *cards(book: string, objects: readonly string[]): AsyncGenerator<RemoteCard[]> {
      const paths = objects.map((object) => cardPath(book, object))
      for await (const found of collections.multiget(bookPath(book), {
        report: 'card:addressbook-multiget',
        content,
        paths,
      })) {
        yield found.flatMap((one) => {
          const [etag, vcard] = [textOf(one, 'd:getetag'), one.props.get('card:address-data')?.text]
          return etag && vcard ? [{ object: objectOf(one.path), etag, vcard }] : []
        })
      }
    },

    /** @throws AppError `not_found` */
    read,

    /**
     * Stores a vCard and answers its ETag; asks for it where the server changed what it was given.
     * @throws AppError `etag_mismatch`, `already_exists` …
     */
    async write(
      book: string,
      card: { object: string; vcard: string },
      condition: { ifMatch: string } | { ifNoneMatch: '*' },
    ): Promise<RemoteCard> {
      const options = { contentType: 'text/vcard; charset=utf-8', ...condition }
      const { etag } = await dav.put(cardPath(book, card.object), card.vcard, options)
      return etag === undefined ? read(book, card.object) : { ...card, etag }
    },

    remove: (book: string, object: string, ifMatch?: string): Promise<void> =>
      dav.delete(cardPath(book, object), { ifMatch }),

    createBook: (book: string, settings: { displayName: string; description?: string }): Promise<void> =>
      collections.create(bookPath(book), { types: ['d:collection', 'card:addressbook'], set: set(settings) }),
    changeBook: (book: string, settings: { displayName?: string; description?: string }): Promise<void> =>
      dav.proppatch(bookPath(book), { set: set(settings) }),
    removeBook: (book: string): Promise<void> => dav.delete(bookPath(book)),
    shareBook: (book: string, sharings: readonly Sharing[]): Promise<void> =>
      collections.share(bookPath(book), sharings),
  }
}

export const objectOf = (path: DavPath): string => path.split('/').filter(Boolean).at(-1) ?? ''

function bookOf(one: DavResource, owner: string): RemoteBook {
  const name = objectOf(one.path)
  const principal = textOf(one, 'oc:owner-principal')
  const ownerName = principal?.split('/').filter(Boolean).at(-1)
  return {
    name,
    displayName: textOf(one, 'd:displayname') ?? name,
    description: textOf(one, 'card:addressbook-description') ?? '',
    isReadOnly: textOf(one, 'oc:read-only') === '1' || !mayWrite(one),
    sharedBy: ownerName !== undefined && ownerName !== owner ? ownerName : undefined,
    shares: sharesOf(one),
    syncToken: textOf(one, 'd:sync-token') ?? textOf(one, 'cs:getctag'),
  }
}

/** RFC 3744 §5.4; a server that tells no privileges lets one try. */
function mayWrite(one: DavResource): boolean {
  const privileges = childrenOf(one.props.get('d:current-user-privilege-set'), 'd:privilege')
  const names = privileges.flatMap(({ children }) => children.map(({ name }) => name))
  return names.length === 0 || names.some((name) => ['d:write', 'd:write-content', 'd:bind', 'd:all'].includes(name))
}

function sharesOf(one: DavResource): RemoteBook['shares'] {
  return childrenOf(one.props.get('oc:invite'), 'oc:user').flatMap((user) => {
    const [, name] = /principals\/users\/([^/]+)\/?$/.exec(childOf(user, 'd:href')?.text ?? '') ?? []
    if (name === undefined) return []
    const isWritable = childOf(childOf(user, 'oc:access'), 'oc:read-write') !== undefined
    return [{ user: decodeURIComponent(name), access: isWritable ? ('read_write' as const) : ('read' as const) }]
  })
}
