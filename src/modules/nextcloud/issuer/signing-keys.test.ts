import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { createKeyRing } from '#platform/secrets/key-ring.ts'
import { openTestDatabase } from '../../../../test/harness/open-database.ts'
import { createSigningKeys } from './signing-keys.ts'

test('the first key signs at once, also when the rotation makes it', async () => {
  const opened = await openTestDatabase()
  after(opened.close)
  const keyRing = createKeyRing(new Map([['test', Buffer.alloc(32, 'test')]]), 'test')
  const keys = createSigningKeys({ ...opened, keyRing })
  await keys.rotate()
  const { kid } = await keys.signingKey()
  await keys.rotate()
  assert.deepEqual(
    (await keys.published()).keys.map((key) => key.kid),
    [kid],
  )
})
