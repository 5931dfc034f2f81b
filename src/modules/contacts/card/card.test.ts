import assert from 'node:assert/strict'
import { test } from 'node:test'
import { firstOf, property, type Vcard, type VcardProperty } from '#integrations/vcard/vcard.ts'
import { readVcard } from '#integrations/vcard/vcard-reader.ts'
import { writeVcard } from '#integrations/vcard/vcard-writer.ts'
import { fc } from '../../../../test/harness/properties.ts'
import type { CardDraft } from './card.ts'
import { cardOf, patched } from './card-draft.ts'
import { readCard } from './read-card.ts'
import { emptyVcard, writeCard } from './write-card.ts'

const vcard = (...lines: string[]) => readVcard(['BEGIN:VCARD', ...lines, 'END:VCARD', ''].join('\r\n'))

const unit = fc.constantFrom('a', 'B', ' ', ':', ';', ',', '\\', '"', '^', '=', 'é', '日', '🎉', '\n', '<', '/')
const text = fc.string({ unit, minLength: 1, maxLength: 12 })
const oneLine = text.map((some) => some.replaceAll('\n', ' '))
const uri = fc.constantFrom('https://example.test/a,b;c', 'xmpp:a@example.test', 'mailto:a@example.test')
const placed = {
  contexts: fc.subarray(['private', 'work'] as const).map((some) => [...some]),
  pref: fc.integer({ min: 1, max: 100 }),
  label: oneLine,
}
const some = <T>(model: { [Key in keyof T]: fc.Arbitrary<T[Key]> }, requiredKeys: (keyof T)[] = []) =>
  fc.dictionary(fc.constantFrom('x1', 'y_2', 'e1', 'p1'), fc.record(model, { requiredKeys }), {
    maxKeys: 3,
    noNullPrototype: true,
  })

/** Anything that somebody may write. */
const drafts: fc.Arbitrary<CardDraft> = fc.record(
  {
    kind: fc.constantFrom('individual', 'group', 'org'),
    name: fc.record(
      {
        full: oneLine,
        given: oneLine,
        surname: oneLine,
        given2: oneLine,
        credential: oneLine,
        generation: oneLine,
        phonetic: fc.record({ given: oneLine }),
        sort_as: oneLine,
      },
      { requiredKeys: [] },
    ),
    nicknames: fc.array(oneLine, { maxLength: 2 }),
    categories: fc.array(oneLine, { maxLength: 2 }),
    members: fc.array(fc.uuid(), { maxLength: 2 }),
    language: fc.constantFrom('fr', 'de-CH'),
    gender: fc.record({ sex: fc.constantFrom('M', 'F', 'O'), identity: oneLine }, { requiredKeys: [] }),
    grammatical_gender: fc.constantFrom('feminine', 'neuter'),
    emails: some({ address: oneLine, ...placed }, ['address']),
    phones: some(
      { number: oneLine, ...placed, features: fc.subarray(['mobile', 'fax'] as const).map((of) => [...of]) },
      ['number'],
    ),
    addresses: some({
      street: text,
      locality: text,
      country: oneLine,
      full: text,
      country_code: fc.constant('FR'),
      ...placed,
    }),
    online_services: some({ service: oneLine, uri, user: oneLine, ...placed }, ['uri']),
    links: some({ uri, ...placed }, ['uri']),
    organizations: some({ name: oneLine, units: fc.array(oneLine, { maxLength: 2 }) }, ['name']),
    titles: some({ name: text, kind: fc.constantFrom('title', 'role') }, ['name', 'kind']),
    anniversaries: some(
      {
        kind: fc.constantFrom('birth', 'wedding', 'death', 'other'),
        date: fc.constantFrom(
          { year: 1906, month: 12, day: 9 },
          { month: 2, day: 29 },
          { year: 850 },
          { year: 1999, month: 3 },
          { day: 4 },
          { month: 5 },
        ),
        label: oneLine,
      },
      ['kind', 'date'],
    ),
    notes: some({ note: text }, ['note']),
    preferred_languages: some({ language: fc.constantFrom('en', 'pt-BR'), pref: placed.pref }, ['language']),
    pronouns: some({ pronouns: oneLine }, ['pronouns']),
    related_to: some({ text: oneLine, relation: fc.subarray(['friend', 'spouse']).map((of) => [...of]) }, ['text']),
    custom_fields: some({ label: oneLine, value: text }, ['label', 'value']),
  },
  { requiredKeys: [] },
) as unknown as fc.Arbitrary<CardDraft>

const cardOfAny = (draft: CardDraft) => cardOf({ ...draft, name: { given: 'A', ...draft.name } }, 'uid-1')

/** Properties that no card shows, and odd forms of those that it does. */
const others: fc.Arbitrary<VcardProperty[]> = fc.array(
  fc.constantFrom(
    property('X-UNKNOWN', 'kept\\, as it is', [{ name: 'X-P', values: ['a;b'] }], 'item7'),
    property('KEY', 'data:application/pgp-keys;base64,AAAA'),
    property('BDAY', 'circa 1800', [{ name: 'VALUE', values: ['text'] }]),
    property('TEL', 'tel:+1-203;ext=5', [
      { name: 'VALUE', values: ['uri'] },
      { name: 'TYPE', values: ['x-odd,home'] },
    ]),
    property('PHOTO', 'data:image/png;base64,AAAA'),
    property(
      'EMAIL',
      'a@example.test',
      [
        { name: 'TYPE', values: ['INTERNET'] },
        { name: 'PID', values: ['1.1'] },
      ],
      'item8',
    ),
    property('X-ABLABEL', '_$!<Other>!$_', [], 'item8'),
    property('N', 'Hopper,Murray;Grace;B.,M.;;', [{ name: 'LANGUAGE', values: ['en'] }]),
    property('GEO', 'geo:46,6'),
    property('CATEGORIES', 'a,b'),
    property('CATEGORIES', 'c'),
  ),
  { maxLength: 6 },
)
const shown = new Set([
  'FN',
  'N',
  'UID',
  'KIND',
  'X-ADDRESSBOOKSERVER-KIND',
  'TEL',
  'EMAIL',
  'CATEGORIES',
  'X-ABLABEL',
  'N',
  'MEMBER',
])
const unshown = (one: Vcard) =>
  one.properties.filter(
    ({ name, value }) => !shown.has(name) && ['X-UNKNOWN', 'KEY', 'PHOTO', 'GEO'].includes(name) && value,
  )

test('what is written as JSON is read back as it was, in both versions of vCard and through the text', () => {
  fc.assert(
    fc.property(drafts, fc.constantFrom('3.0' as const, '4.0' as const), (draft, version) => {
      const card = cardOfAny(draft)
      const written = writeVcard(writeCard({ ...emptyVcard, version }, card))
      assert.deepEqual(readCard(readVcard(written)), card)
    }),
    { numRuns: 300 },
  )
})

test('a card that is written as it was read leaves the vCard as it is', () => {
  fc.assert(
    fc.property(others, (properties) => {
      const before: Vcard = {
        version: '4.0',
        properties: [property('UID', 'u'), property('FN', 'Anna'), ...properties],
      }
      assert.deepEqual(writeCard(before, readCard(before)), before)
    }),
  )
})

test('an update keeps every property that the JSON does not show, and answers what was written', () => {
  fc.assert(
    fc.property(others, drafts, (properties, draft) => {
      const before: Vcard = {
        version: '4.0',
        properties: [property('UID', 'uid-1'), property('FN', 'Anna'), ...properties],
      }
      const card = cardOfAny(draft)
      const after = writeCard(before, card)
      assert.deepEqual(unshown(after), unshown(before))
      assert.deepEqual(readCard(readVcard(writeVcard(after))), card)
    }),
    { numRuns: 200 },
  )
})

test('a changed entry keeps the parameters and the label that nobody models', () => {
  const before = vcard(
    ...['VERSION:3.0', 'UID:u', 'FN:Anna', 'item1.EMAIL;TYPE=INTERNET;PID=1.1:a@example.test'],
    ...['item1.X-ABLabel:_$!<Other>!$_', 'item1.X-ABADR:fr', 'item2.URL:https://a.test', 'item2.X-ABLabel:Blog'],
  )
  const card = readCard(before)
  assert.deepEqual(card.emails, { e1: { address: 'a@example.test', label: 'Other' } })
  const changed = writeCard(before, {
    ...card,
    emails: { e1: { address: 'b@example.test', label: 'Other', contexts: ['work'] } },
    links: {},
  })
  assert.deepEqual(writeVcard(changed).split('\r\n').slice(4, 7), [
    'item1.EMAIL;TYPE=work;TYPE=INTERNET;PID=1.1:b@example.test',
    'item1.X-ABLABEL:_$!<Other>!$_',
    'item1.X-ABADR:fr',
  ])
  assert.equal(firstOf(changed, 'URL'), undefined)
  assert(!changed.properties.some(({ group }) => group === 'item2'))
})

test('what other programs write is understood', () => {
  const card = readCard(
    vcard(
      ...['VERSION:3.0', 'N:Hopper;Grace;Brewster,Murray;Dr.;Jr.,M.D.', 'BDAY;X-APPLE-OMIT-YEAR=1604:1604-12-09'],
      ...[
        'X-PHONETIC-FIRST-NAME:greys',
        'TEL;type=CELL;type=VOICE;type=pref:+1 203',
        'X-SKYPE:grace',
        'item1.X-ABDATE:1930-06-15',
      ],
      ...['item1.X-ABLabel:First day', 'X-SOCIALPROFILE;type=twitter;x-user=amazing:https://twitter.com/amazing'],
      ...[
        'ORG:US Navy;Bureau',
        'X-SPOUSE:Vincent',
        'X-ADDRESSBOOKSERVER-KIND:group',
        'X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:m-1',
      ],
    ),
    'from-the-name',
  )
  assert.deepEqual(card, {
    uid: 'from-the-name',
    kind: 'group',
    name: {
      ...{
        full: 'Dr. Grace Brewster Murray Hopper, Jr., M.D.',
        surname: 'Hopper',
        given: 'Grace',
        given2: 'Brewster Murray',
      },
      ...{ title: 'Dr.', credential: 'Jr., M.D.', phonetic: { given: 'greys' } },
    },
    members: ['m-1'],
    phones: { p1: { number: '+1 203', pref: 1, features: ['mobile', 'voice'] } },
    online_services: {
      i1: { service: 'Skype', user: 'grace' },
      i2: { service: 'twitter', uri: 'https://twitter.com/amazing', user: 'amazing' },
    },
    organizations: { o1: { name: 'US Navy', units: ['Bureau'] } },
    anniversaries: {
      d1: { kind: 'birth', date: { month: 12, day: 9 } },
      d2: { kind: 'other', date: { year: 1930, month: 6, day: 15 }, label: 'First day' },
    },
    related_to: { r1: { text: 'Vincent', relation: ['spouse'] } },
  })
})

test('a patch changes what it names; the full name follows its parts', () => {
  const card = cardOf(
    { name: { given: 'Grace', surname: 'Hopper' }, emails: { e1: { address: 'a@x.test', pref: 1 } } },
    'u',
  )
  const next = cardOf(
    patched(card, { name: { given: 'Anna' }, emails: { e1: { pref: null }, e2: { address: 'b@x.test' } } }),
    'u',
  )
  assert.equal(next.name.full, 'Anna Hopper')
  assert.deepEqual(next.emails, { e1: { address: 'a@x.test' }, e2: { address: 'b@x.test' } })
  const faults: CardDraft[] = [
    {},
    { name: { full: ' ' } },
    { name: { full: 'A' }, anniversaries: { d1: { kind: 'birth', date: { month: 2, day: 30 } } } },
  ]
  for (const fault of faults) assert.throws(() => cardOf(fault, 'u'), { code: 'invalid_request_body' })
})
