import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { sql } from 'kysely'
import { openTestDatabase } from '../../../test/harness/open-database.ts'
import { fc } from '../../../test/harness/properties.ts'
import { newId } from '../ids.ts'
import {
  arrayLiteral,
  bigints,
  booleans,
  jsonbs,
  smallints,
  texts,
  timestamps,
  tsvectors,
  uuids,
} from './binary-arrays.ts'

suite('arrays in binary form', () => {
  let opened: Awaited<ReturnType<typeof openTestDatabase>>
  before(async () => {
    opened = await openTestDatabase()
  })
  after(() => opened.close())

  async function readBack(array: Buffer, type: string): Promise<unknown[]> {
    const { rows } = await sql<{
      value: unknown
    }>`select value from unnest(${array}::${sql.raw(type)}[]) as one (value)`.execute(opened.database)
    return rows.map(({ value }) => value)
  }

  test('PostgreSQL reads what was written, nulls and no values at all included', async () => {
    const ids = [newId(), null, newId()]
    assert.deepEqual(await readBack(uuids(ids), 'uuid'), ids)
    assert.deepEqual(await readBack(uuids([]), 'uuid'), [])
    assert.deepEqual(await readBack(booleans([true, null, false]), 'boolean'), [true, null, false])
    assert.deepEqual(await readBack(smallints([-32_768, null, 32_767]), 'smallint'), [-32_768, null, 32_767])
    const numbers = [0, -1, 2 ** 32, -(2 ** 32) - 1, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]
    assert.deepEqual(await readBack(bigints(numbers), 'bigint'), numbers)
    const dates = ['1970-01-01T00:00:00.001Z', '2000-01-01T00:00:00Z', '2038-01-19T03:14:07.999Z'].map(
      (at) => new Date(at),
    )
    assert.deepEqual(await readBack(timestamps([...dates, null]), 'timestamptz'), [...dates, null])
    assert.deepEqual(await readBack(jsonbs(['{"a":[1]}', null, '"x"']), 'jsonb'), [{ a: [1] }, null, 'x'])
  })

  test('texts of any length and script survive, in arrays of arrays too', async () => {
    const any = fc.array(
      fc.string({ unit: 'grapheme', maxLength: 20 }).filter((text) => !text.includes('\0')),
      { maxLength: 20 },
    )
    await fc.assert(
      fc.asyncProperty(any, async (values) => {
        assert.deepEqual(await readBack(texts([...values, null]), 'text'), [...values, null])
        const { rows } = await sql<{
          value: string[]
        }>`select unnest(${texts([arrayLiteral(values)])}::text[])::text[] as value`.execute(opened.database)
        assert.deepEqual(rows[0]?.value, values)
      }),
      { numRuns: 30, seed: 1 },
    )
    const large = ['ü'.repeat(300_000), 'b'.repeat(5_000_000)]
    assert.deepEqual(await readBack(texts(large), 'text'), large)
  })

  test('tsvectors are taken in their binary form', async () => {
    const vector = Buffer.concat([Buffer.from([0, 0, 0, 1]), Buffer.from('word\0'), Buffer.from([0, 1, 0xc0, 7])])
    const { rows } = await sql<{
      value: string
    }>`select unnest(${tsvectors([vector])}::tsvector[])::text as value`.execute(opened.database)
    assert.equal(rows[0]?.value, "'word':7A")
  })
})
