import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fc } from '../../../../test/harness/properties.ts'
import { fillPage, mergePages } from './list-pages.ts'
import type { MessageKey } from './list-walk.ts'

type Row = MessageKey & { isShown: boolean }

const timeOf = (at: number) => `2026-03-01T10:00:00.${String(at).padStart(6, '0')}Z`
const idOf = (at: number) => `00000000-0000-0000-0000-${String(at).padStart(12, '0')}`
const isBehind = (row: MessageKey, key: MessageKey) =>
  row.receivedAt < key.receivedAt || (row.receivedAt === key.receivedAt && row.messageId < key.messageId)
const newestFirst = (one: MessageKey, other: MessageKey) => (isBehind(one, other) ? 1 : -1)

/** Places of several owners, some of which a filter hides; times repeat, ids do not. */
const lists = fc
  .array(fc.record({ owner: fc.nat(3), time: fc.nat(20), isShown: fc.boolean() }), { maxLength: 60 })
  .map((places) =>
    [0, 1, 2, 3].map((owner) =>
      places
        .map((place, at) => ({ ...place, receivedAt: timeOf(place.time), messageId: idOf(at) }))
        .filter((place) => place.owner === owner)
        .toSorted(newestFirst),
    ),
  )

test('the lists of several owners read as one: complete, in order, without doubles and without an empty page', async () => {
  const stride = 3
  const pageOf = (list: readonly Row[], after: MessageKey | undefined, limit: number) =>
    fillPage<Row>({
      ...{ after, limit, keyOf: ({ receivedAt, messageId }: Row) => ({ receivedAt, messageId }) },
      list: async (page) =>
        rest(list, page.after)
          .slice(0, stride)
          .filter(({ isShown }) => isShown)
          .slice(0, page.limit),
      strideEnd: async (key) => {
        const { receivedAt, messageId } = rest(list, key)[stride - 1] ?? {}
        return receivedAt !== undefined && messageId !== undefined ? { receivedAt, messageId } : undefined
      },
    })
  await fc.assert(
    fc.asyncProperty(lists, fc.integer({ min: 1, max: 7 }), async (all, limit) => {
      const seen: string[] = []
      for (let after: MessageKey | undefined; ; ) {
        const pages = await Promise.all(all.map((list) => pageOf(list, after, limit)))
        const { rows, next } = mergePages(pages, { limit, keyOf: (row: Row) => row })
        assert.ok(rows.length <= limit && (rows.length > 0 || !next))
        seen.push(...rows.map(({ messageId }) => messageId))
        if (!next) break
        after = next
      }
      const expected = all
        .flat()
        .filter(({ isShown }) => isShown)
        .toSorted(newestFirst)
      assert.deepEqual(
        seen,
        expected.map(({ messageId }) => messageId),
      )
    }),
  )
})

const rest = (list: readonly Row[], after: MessageKey | undefined) =>
  after ? list.filter((row) => isBehind(row, after)) : list
