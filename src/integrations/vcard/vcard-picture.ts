import { paramValues, property, type VcardProperty, type VcardVersion } from './vcard.ts'
import { asVersion } from './vcard-version.ts'

/** What a PHOTO holds: a picture, or where there is one. */
export type VcardPicture = { mediaType: string; bytes: Buffer } | { uri: string }

export function readPicture(one: VcardProperty): VcardPicture | undefined {
  const [, media = '', base64 = ''] = /^data:([^;,]*)[^,]*;base64,([\s\S]*)$/i.exec(one.value) ?? []
  if (base64) return { mediaType: media, bytes: Buffer.from(base64, 'base64') }
  if (/^https?:/i.test(one.value)) return { uri: one.value }
  const isEncoded = one.params.some(({ name }) => name === 'ENCODING')
  if (!isEncoded || one.value === '') return undefined
  const type = paramValues(one, 'TYPE')[0]?.toLowerCase() ?? 'jpeg'
  return { mediaType: type.includes('/') ? type : `image/${type}`, bytes: Buffer.from(one.value, 'base64') }
}

export function writePicture(mediaType: string, bytes: Uint8Array, version: VcardVersion): VcardProperty {
  const photo = property('PHOTO', `data:${mediaType};base64,${Buffer.from(bytes).toString('base64')}`)
  return asVersion({ version: '4.0', properties: [photo] }, version).properties[0] ?? photo
}
