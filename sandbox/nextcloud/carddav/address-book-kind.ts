import { firstOf, property, type Vcard, type VcardVersion } from '../../../src/integrations/vcard/vcard.ts'
import { readVcard } from '../../../src/integrations/vcard/vcard-reader.ts'
import { asVersion } from '../../../src/integrations/vcard/vcard-version.ts'
import { writeVcard } from '../../../src/integrations/vcard/vcard-writer.ts'
import { type CollectionKind, hasUid } from '../collections/collection-kind.ts'
import { badRequest, DavError } from '../dav-exchange.ts'

/** Address books, RFC 6352. */
export const addressBookKind: CollectionKind = {
  home: (uid) => ['addressbooks', 'users', uid],
  maker: 'MKCOL',
  type: 'card:addressbook',
  multiget: 'card:addressbook-multiget',
  contentProperty: 'card:address-data',
  contentType: 'text/vcard; charset=utf-8',
  hasTrash: false,
  properties: () => ({}),
  write({ seen, name }, content) {
    const vcard = parsed(content)
    const complete = withNecessary(vcard, name)
    const uid = uidOf(content) ?? ''
    if (uid !== '' && hasUid(seen.collection, uid, { except: name, uidOf })) {
      throw badRequest('VCard object with uid already exists in this addressbook collection.')
    }
    return complete === vcard ? content : writeVcard(complete)
  },
  // Version 3 unless another is asked for; what has no form there is left out of the card.
  show: (content, { attributes }) => inVersion(content, attributes.version === '4.0' ? '4.0' : '3.0'),
}

export function inVersion(content: string, version: VcardVersion): string {
  const vcard = parsed(content)
  return vcard.version === version ? content : writeVcard(asVersion(vcard, version))
}

/** SabreDAV fills in what every card must have, and then tells no ETag. */
function withNecessary(vcard: Vcard, name: string): Vcard {
  const missing = [
    ...(firstOf(vcard, 'UID') ? [] : [property('UID', name.replace(/\.vcf$/, ''))]),
    ...(firstOf(vcard, 'FN') ? [] : [property('FN', firstOf(vcard, 'EMAIL')?.value ?? 'Unnamed')]),
  ]
  return missing.length === 0 ? vcard : { ...vcard, properties: [...vcard.properties, ...missing] }
}

/** @throws DavError 415 for what is no vCard */
function parsed(content: string): Vcard {
  try {
    return readVcard(content)
  } catch {
    throw new DavError(415, 'UnsupportedMediaType', 'This resource only supports valid vCard data.')
  }
}

const uidOf = (content: string): string | undefined => firstOf(parsed(content), 'UID')?.value
