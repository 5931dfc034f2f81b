import { firstOf } from '../../../src/integrations/vcard/vcard.ts'
import { readPicture } from '../../../src/integrations/vcard/vcard-picture.ts'
import { readVcard } from '../../../src/integrations/vcard/vcard-reader.ts'
import { createCollectionMethods } from '../collections/collection-methods.ts'
import { openCollectionStore } from '../collections/collection-store.ts'
import { type Exchange, headerOf, send } from '../dav-exchange.ts'
import { hrefElement } from '../multistatus.ts'
import type { Part } from '../part.ts'
import { addressBookKind, inVersion } from './address-book-kind.ts'

/** Address books of everybody, each beginning with one of their own and with Nextcloud's list of its accounts. */
export const openAddressBooks = (async ({ records, people, now }) => {
  const store = await openCollectionStore(records, 'addressbooks', now)
  const methods = createCollectionMethods({ store, kind: addressBookKind, people })

  async function get(exchange: Exchange): Promise<void> {
    const [, uid = '', book = '', name = ''] = exchange.path
    const seen = uid === exchange.person.uid ? store.find(uid, book) : undefined
    const object = seen?.collection.objects[name]
    const isPhoto = exchange.query.has('photo')
    if (!object || (!isPhoto && headerOf(exchange, 'if-none-match'))) return methods.GET?.(exchange)
    if (!isPhoto) {
      const version = /version=4\.0/.test(headerOf(exchange, 'accept') ?? '') ? '4.0' : '3.0'
      const headers = { etag: `"${object.etag}"`, 'content-type': addressBookKind.contentType }
      return send(exchange, 200, headers, inVersion(object.content, version))
    }
    const photo = firstOf(readVcard(object.content), 'PHOTO')
    const picture = photo && readPicture(photo)
    if (!picture || !('bytes' in picture)) return send(exchange, 204)
    send(exchange, 200, { etag: `"${object.etag}"`, 'content-type': picture.mediaType }, picture.bytes)
  }

  return {
    mounts: { addressbooks: { ...methods, GET: get } },
    principalProperties: (exchange, { uid }) => ({
      'card:addressbook-home-set': () => hrefElement(exchange, ['addressbooks', 'users', uid]),
    }),
    onNewPerson({ uid }) {
      if (store.find(uid, 'contacts')) return
      store.add(uid, 'contacts', { 'd:displayname': 'Contacts' })
      store.add(uid, 'z-server-generated--system', { 'd:displayname': 'Accounts' })
    },
    store,
  }
}) satisfies Part
