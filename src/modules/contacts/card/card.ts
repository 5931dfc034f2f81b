export type Context = 'private' | 'work'
/** `pref` is 1 for what is liked best, up to 100. */
type Placed = { contexts?: Context[]; pref?: number; label?: string }

export type Name = {
  full: string
  title?: string
  given?: string
  given2?: string
  surname?: string
  surname2?: string
  generation?: string
  credential?: string
  phonetic?: { given?: string; given2?: string; surname?: string }
  sort_as?: string
}
export type PhoneFeature = 'mobile' | 'voice' | 'text' | 'video' | 'main-number' | 'textphone' | 'fax' | 'pager'
export type Email = Placed & { address: string }
export type Phone = Placed & { number: string; features?: PhoneFeature[] }
export type Address = Placed & {
  full?: string
  po_box?: string
  extended?: string
  street?: string
  locality?: string
  region?: string
  postcode?: string
  country?: string
  country_code?: string
  coordinates?: string
  time_zone?: string
}
export type OnlineService = Placed & { service?: string; uri?: string; user?: string }
export type Link = Placed & { uri: string }
export type Organization = { name?: string; units?: string[] }
export type Title = { name: string; kind: 'title' | 'role' }
export type AnniversaryKind = 'birth' | 'death' | 'wedding' | 'other'
export type PartialDate = { year?: number; month?: number; day?: number }
export type Anniversary = { kind: AnniversaryKind; date: PartialDate; label?: string }
export type Note = { note: string }
export type Language = Placed & { language: string }
export type Pronouns = Placed & { pronouns: string }
export type Gender = { sex?: 'M' | 'F' | 'O' | 'N' | 'U'; identity?: string }
export type Relation = { uri?: string; text?: string; relation?: string[]; label?: string }
export type CustomField = { label: string; value: string }

/** What a contact has several of, each by an id that holds for one version of it, as JSContact has them. */
export type CardMaps = {
  emails: Readonly<Record<string, Email>>
  phones: Readonly<Record<string, Phone>>
  addresses: Readonly<Record<string, Address>>
  online_services: Readonly<Record<string, OnlineService>>
  links: Readonly<Record<string, Link>>
  organizations: Readonly<Record<string, Organization>>
  titles: Readonly<Record<string, Title>>
  anniversaries: Readonly<Record<string, Anniversary>>
  notes: Readonly<Record<string, Note>>
  preferred_languages: Readonly<Record<string, Language>>
  pronouns: Readonly<Record<string, Pronouns>>
  related_to: Readonly<Record<string, Relation>>
  custom_fields: Readonly<Record<string, CustomField>>
}

/** A contact, close to JSContact (RFC 9553); members that it has nothing for are left out. */
export type Card = {
  uid: string
  kind: string
  name: Name
  nicknames?: string[]
  categories?: string[]
  /** Of a group, KIND:group: the uids of who is in it. */
  members?: string[]
  language?: string
  gender?: Gender
  grammatical_gender?: string
} & Partial<CardMaps>

/** What somebody writes: the uid and the full name may be left to us. */
export type CardDraft = Omit<Card, 'uid' | 'kind' | 'name'> & {
  uid?: string
  kind?: string
  name?: Partial<Name>
}
