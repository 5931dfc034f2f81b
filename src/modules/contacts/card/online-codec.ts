import { paramOf, property, type VcardProperty, type VcardVersion, withParam } from '#integrations/vcard/vcard.ts'
import { escapeText, unescapeText } from '#integrations/vcard/vcard-text.ts'
import type { OnlineService } from './card.ts'
import { codec } from './codec.ts'
import { readPlacing, typesOf, withTypes, writePlacing } from './placing.ts'
import { uriValue } from './reachability-codecs.ts'

/** Before IMPP each service had a property of its own. */
const old: Readonly<Record<string, string>> = {
  ...{ 'X-AIM': 'AIM', 'X-SKYPE': 'Skype', 'X-SKYPE-USERNAME': 'Skype', 'X-JABBER': 'Jabber', 'X-ICQ': 'ICQ' },
  ...{ 'X-MSN': 'MSN', 'X-YAHOO': 'Yahoo', 'X-GOOGLE-TALK': 'Google Talk', 'X-TWITTER': 'Twitter' },
  ...{ 'X-GADUGADU': 'Gadu-Gadu', 'X-GROUPWISE': 'GroupWise', 'X-MATRIX': 'Matrix' },
}
const uriPattern = /^[a-z][a-z\d+.-]*:/i
/** Apple: the name of the service is a type. */
const isApple = ({ name }: VcardProperty) => name === 'X-SOCIALPROFILE'
const placeTypes = new Set(['home', 'work', 'pref'])

export const onlineServices = codec<'online_services'>({
  ...{
    member: 'online_services',
    letter: 'i',
    names: ['IMPP', 'SOCIALPROFILE', 'X-SOCIALPROFILE', ...Object.keys(old)],
  },
  read(one, label) {
    const value = unescapeText(one.value).trim()
    if (value === '') return undefined
    const isUri =
      old[one.name] === undefined && paramOf(one, 'VALUE')?.toLowerCase() !== 'text' && uriPattern.test(value)
    const service = serviceOf(one)
    const user = isUri ? (paramOf(one, 'USERNAME') ?? paramOf(one, 'X-USER')) : value
    return {
      ...(service && { service }),
      ...(isUri && { uri: value }),
      ...(user && { user }),
      ...readPlacing(one),
      ...(label !== undefined && { label }),
    }
  },
  write(entry, from, version) {
    const kept = from && old[from.name] === undefined ? from : fresh(entry, version)
    const written = withService({ ...kept, value: writtenValue(entry) }, entry)
    return writePlacing(written, entry, version)
  },
  labelOf: ({ label }) => label,
})

function serviceOf(one: VcardProperty): string | undefined {
  if (old[one.name] !== undefined) return old[one.name]
  const named = paramOf(one, 'SERVICE-TYPE') ?? paramOf(one, 'X-SERVICE-TYPE')
  if (named) return named
  return isApple(one) ? typesOf(one).find((type) => !placeTypes.has(type)) : undefined
}

/** RFC 9554 §3.5 has profiles on the web; chats are IMPP (RFC 4770). */
function fresh({ uri }: OnlineService, version: VcardVersion): VcardProperty {
  const isChat = uri !== undefined && !/^https?:/i.test(uri)
  return property(isChat ? 'IMPP' : version === '4.0' ? 'SOCIALPROFILE' : 'X-SOCIALPROFILE', '')
}

const writtenValue = ({ uri, user }: OnlineService): string =>
  uri === undefined ? escapeText(user ?? '') : uriValue(uri)

function withService(one: VcardProperty, { service, uri, user }: OnlineService): VcardProperty {
  const places = typesOf(one).filter((type) => placeTypes.has(type))
  const untyped = isApple(one) ? withTypes(one, places) : one
  const named = withParam(withParam(untyped, 'X-SERVICE-TYPE', []), 'SERVICE-TYPE', service ? [service] : [])
  const called = withParam(withParam(named, 'X-USER', []), 'USERNAME', uri !== undefined && user ? [user] : [])
  return withParam(called, 'VALUE', uri === undefined ? ['text'] : [])
}
