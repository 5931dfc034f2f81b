import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { sql } from 'kysely'
import { openTestDatabase } from './harness/open-database.ts'

/** Tables that are not an owner's, each with why it need not be: none grows with what owners do. */
const exempt: Readonly<Record<string, string>> = {
  principal: 'the owners themselves; looked up by issuer and subject',
  node: 'a row for each running process',
  schema_migration: 'a row for each migration',
  used_logout_token: 'logout tokens of the issuer, until they are too old to be used again',
}

suite('the schema', async () => {
  const { database, close } = await openTestDatabase()
  after(close)
  const { rows: tables } = await sql<{ name: string; key: string[] | null; columns: string[] }>`
    select class.relname as name,
      (select array_agg(attribute.attname::text order by place.at)
        from pg_index as index_, unnest(index_.indkey) with ordinality as place (attnum, at), pg_attribute as attribute
        where index_.indrelid = class.oid and index_.indisprimary and attribute.attrelid = class.oid
          and attribute.attnum = place.attnum) as key,
      (select array_agg(attname::text) from pg_attribute where attrelid = class.oid and attnum > 0 and not attisdropped) as columns
    from pg_class as class
    where class.relnamespace = 'public'::regnamespace and class.relkind in ('r', 'p') and not class.relispartition
    order by name`.execute(database)
  const owned = tables.filter(({ name }) => !Object.hasOwn(exempt, name))

  test('every table that grows with use begins its primary key with owner_id', () => {
    assert.ok(owned.length > 5)
    for (const { name, key } of owned) assert.equal(key?.[0], 'owner_id', name)
  })

  test('the exempt tables exist, so that the list stays true', () => {
    const names = new Set(tables.map(({ name }) => name))
    for (const name of Object.keys(exempt)) assert.ok(names.has(name), name)
  })

  test('every foreign key between owned tables keeps to one owner', async () => {
    const { rows } = await sql<{ name: string; columns: string[]; target: string }>`
      select conname as name, confrelid::regclass::text as target,
        (select array_agg(attname::text) from pg_attribute where attrelid = conrelid and attnum = any (conkey)) as columns
      from pg_constraint where contype = 'f' and connamespace = 'public'::regnamespace and conparentid = 0`.execute(
      database,
    )
    for (const { name, columns, target } of rows) {
      if (!Object.hasOwn(exempt, target)) assert.ok(columns.includes('owner_id'), name)
    }
  })

  test('every foreign key has an index that begins as it does: a delete looks at one owner, not at all', async () => {
    const { rows } = await sql<{ name: string }>`
      select conname as name from pg_constraint as key
      where contype = 'f' and connamespace = 'public'::regnamespace and conparentid = 0 and not exists (
        select 1 from pg_index where indrelid = key.conrelid and indkey[0] = key.conkey[1]
      )`.execute(database)
    assert.deepEqual(
      rows.map(({ name }) => name),
      [],
    )
  })

  test('times are kept with their zone, and names are snake_case', async () => {
    const { rows } = await sql<{ place: string; type: string }>`
      select table_name || '.' || column_name as place, data_type as type from information_schema.columns
      where table_schema = 'public'`.execute(database)
    for (const { place, type } of rows) {
      assert.notEqual(type, 'timestamp without time zone', place)
      assert.match(place, /^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$/)
    }
  })
})
