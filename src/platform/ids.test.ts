import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeTime, isValid } from 'ulid'
import { newTraceId } from './ids.ts'

test('trace ids are ULIDs of now, no two alike', () => {
  const before = Date.now()
  const ids = Array.from({ length: 2000 }, newTraceId)
  assert.equal(new Set(ids).size, ids.length)
  for (const id of ids) {
    assert.match(id, /^req_/)
    assert.ok(isValid(id.slice(4)))
    const at = decodeTime(id.slice(4))
    assert.ok(at >= before && at <= Date.now())
  }
})
