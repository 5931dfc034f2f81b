import assert from 'node:assert/strict'
import { test } from 'node:test'
import { paramValues, property, type Vcard, type VcardProperty } from '#integrations/vcard/vcard.ts'
import { readVcard } from '#integrations/vcard/vcard-reader.ts'
import { writeVcard } from '#integrations/vcard/vcard-writer.ts'
import { fc } from '../../../../test/harness/properties.ts'
import { mergedName, mergeVcards, withMembers } from './merging.ts'

const some = <T>(...values: T[]) => fc.constantFrom(...values)
const anyProperty: fc.Arbitrary<VcardProperty> = fc
  .record({
    name: some(
      'FN',
      'N',
      'UID',
      'EMAIL',
      'TEL',
      'BDAY',
      'NOTE',
      'PHOTO',
      'GENDER',
      'X-UNKNOWN',
      'X-ABLABEL',
      'CATEGORIES',
      'REV',
    ),
    value: some('a', 'b', 'c\\, d', 'data:image/png;base64,AAAA'),
    group: some(undefined, undefined, 'item1', 'item2'),
    params: fc.array(
      fc.record({ name: some('TYPE', 'PREF', 'X-P', 'LABEL'), values: some(['home'], ['1'], ['2'], ['work']) }),
      { maxLength: 2 },
    ),
  })
  .map(({ name, value, group, params }) =>
    property(
      name,
      value,
      params.map((param) => ({ ...param })),
      group,
    ),
  )
const cards = fc.array(
  fc.array(anyProperty, { maxLength: 8 }).map((properties): Vcard => ({ version: '4.0', properties })),
  { minLength: 1, maxLength: 4 },
)

/** Whether a property is in a card, under its own name or as one that another's won over, with all that it said. */
function holds({ properties }: Vcard, one: VcardProperty): boolean {
  return properties.some(
    (other) =>
      [one.name, mergedName(one.name)].includes(other.name) &&
      other.value === one.value &&
      (one.group === undefined) === (other.group === undefined) &&
      one.params.every(
        ({ name, values }) =>
          name === 'PREF' ||
          values.every((value) => paramValues(other, name).some((its) => its.toLowerCase() === value.toLowerCase())),
      ),
  )
}

test('a merge never loses a property, whoever wins', () => {
  fc.assert(
    fc.property(cards, fc.nat({ max: 3 }), fc.nat({ max: 3 }), (all, name, photo) => {
      const merged = mergeVcards(all, { name: name % all.length, photo: photo % all.length })
      for (const { properties } of all)
        for (const one of properties) assert(holds(merged, one), JSON.stringify([one, merged]))
      assert.deepEqual(readVcard(writeVcard(merged)).properties.length, merged.properties.length)
    }),
    { numRuns: 500 },
  )
})

test('what all say stands once, and a card merged with itself is itself', () => {
  fc.assert(
    fc.property(cards, ([card]) => {
      const ungrouped = (card?.properties ?? []).map((of) => ({ ...of, group: undefined }))
      const one = mergeVcards([{ version: '4.0', properties: ungrouped }])
      assert.deepEqual(mergeVcards([one, one]).properties.length, one.properties.length)
    }),
  )
})

test('who wins is chosen for what a contact has once; the others’ stand beside it', () => {
  const card = (...lines: string[]) => readVcard(['BEGIN:VCARD', 'VERSION:3.0', ...lines, 'END:VCARD', ''].join('\r\n'))
  const one = card('UID:1', 'FN:Ann', 'N:;Ann;;;', 'item1.TEL:+1', 'item1.X-ABLabel:Boat', 'EMAIL;TYPE=HOME:a@x.test')
  const two = card(
    'UID:2',
    'FN:Ann Lee',
    'N:Lee;Ann;;;',
    'item1.TEL:+2',
    'item1.X-ABLabel:Car',
    'EMAIL;TYPE=WORK:a@x.test',
    'BDAY:19700101',
  )
  const lines = writeVcard(mergeVcards([one, two], { name: 1 }))
    .trim()
    .split('\r\n')
    .slice(2, -1)
    .sort()
  assert.deepEqual(lines, [
    ...[
      'BDAY:19700101',
      'EMAIL;TYPE=HOME;TYPE=WORK:a@x.test',
      'FN:Ann Lee',
      'N:Lee;Ann;;;',
      'UID:1',
      'X-MERGED-FN:Ann',
    ],
    ...[
      'X-MERGED-N:;Ann;;;',
      'X-MERGED-UID:2',
      'item1.TEL:+1',
      'item1.X-ABLABEL:Boat',
      'item2.TEL:+2',
      'item2.X-ABLABEL:Car',
    ],
  ])
  const group = withMembers(card('X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:2', 'X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:3'), {
    add: ['1'],
    remove: ['2'],
  })
  assert.deepEqual(
    group.properties.map(({ value }) => value),
    ['urn:uuid:3', 'urn:uuid:1'],
  )
})
