import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { type GroupQuotas, type Limits, quotaFor } from './quota.ts'

suite('a quota', () => {
  const quotas: GroupQuotas = {
    everybody: { mail: 10 },
    groups: [
      { group: 'pupils', limits: { mail: 5, attachments: 7 } },
      { group: 'teachers', limits: { mail: 50 } },
      { group: 'archive', limits: { mail: null } },
    ],
  }
  const table: [string, Limits, string[], number | null, string | null][] = [
    ['is everybody’s where no group says anything', {}, ['others'], 10, 'everybody'],
    ['is the group’s, though it is smaller than everybody’s', {}, ['pupils'], 5, 'pupils'],
    ['is the largest of several groups', {}, ['pupils', 'teachers'], 50, 'teachers'],
    ['is none where one of the groups has none', {}, ['pupils', 'archive', 'teachers'], null, 'archive'],
    ['is the person’s own, though their group has more', { mail: 3 }, ['teachers'], 3, 'person'],
    ['is none where the person has none', { mail: null }, ['pupils'], null, 'person'],
    ['is nobody’s matter when another kind was said of the person', { attachments: 1 }, ['pupils'], 5, 'pupils'],
  ]
  for (const [title, own, groups, bytes, by] of table) {
    test(title, () => {
      const quota = quotaFor('mail', { own, groups }, quotas)
      const source = quota.source?.by === 'group' ? quota.source.group : quota.source?.by
      assert.deepEqual([quota.bytes, source], [bytes, by])
    })
  }

  test('is none, by nobody’s word, where nothing is said', () => {
    assert.deepEqual(quotaFor('attachments', { own: {}, groups: ['teachers'] }, quotas), { bytes: null, source: null })
  })
})
