import { paramOf, paramValues, type Vcard, type VcardProperty, type VcardVersion, withParam } from './vcard.ts'

/** The same card in another version; what only the other one has a form for stays as an unknown property. */
export function asVersion(vcard: Vcard, version: VcardVersion): Vcard {
  if (vcard.version === version) return vcard
  return { version, properties: vcard.properties.map(version === '4.0' ? upgraded : downgraded) }
}

const binary = new Set(['PHOTO', 'LOGO', 'SOUND', 'KEY'])
const renamed = [
  ['X-ADDRESSBOOKSERVER-KIND', 'KIND'],
  ['X-ADDRESSBOOKSERVER-MEMBER', 'MEMBER'],
] as const

function upgraded(one: VcardProperty): VcardProperty {
  const name = renamed.find(([old]) => old === one.name)?.[1] ?? one.name
  if (binary.has(one.name) && paramOf(one, 'ENCODING')) return asDataUri(one)
  return { ...one, name }
}

function downgraded(one: VcardProperty): VcardProperty {
  const name = renamed.find(([, current]) => current === one.name)?.[0] ?? one.name
  if (binary.has(one.name) && /^data:/i.test(one.value)) return asBase64(one)
  return { ...one, name }
}

function asDataUri(one: VcardProperty): VcardProperty {
  const type = paramValues(one, 'TYPE')[0]?.toLowerCase() ?? ''
  const top = one.name === 'SOUND' ? 'audio' : one.name === 'KEY' ? 'application' : 'image'
  const media = type.includes('/')
    ? type
    : type === '' || type === 'pref'
      ? 'application/octet-stream'
      : `${top}/${type}`
  const bare = withParam(withParam(withParam(one, 'ENCODING', []), 'TYPE', []), 'VALUE', [])
  return { ...bare, value: `data:${media};base64,${one.value}` }
}

function asBase64(one: VcardProperty): VcardProperty {
  const [, media = '', isBase64, rest = ''] = /^data:([^;,]*)[^,]*?(;base64)?,([\s\S]*)$/i.exec(one.value) ?? []
  if (!isBase64) return one
  const bare = withParam(withParam(one, 'VALUE', []), 'MEDIATYPE', [])
  const typed = media === '' ? bare : withParam(bare, 'TYPE', [(media.split('/')[1] ?? media).toUpperCase()])
  return { ...withParam(typed, 'ENCODING', ['b']), value: rest }
}
