import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RemoteOp } from '../changes/remote-op-store.ts'
import { planWrites, splitUnwritable } from './write-plan.ts'
import type { WriteTarget } from './write-target-store.ts'

const seen = (id: string, message_id: string, more: Partial<RemoteOp> = {}): RemoteOp =>
  ({
    ...{ id, message_id, mail_account_id: 'account', kind: 'set_flags', state: 'pending', attempts: 0 },
    change: { add: ['\\Seen'], remove: [] },
    ...more,
  }) as RemoteOp
const target = (message_id: string, more: Partial<WriteTarget> = {}): WriteTarget => ({
  ...{ message_id, message_id_header: null, folder_id: 'inbox', path: 'INBOX', uidvalidity: 1, uid: 1, is_away: false },
  ...more,
})
const targetsOf = (...targets: WriteTarget[]) => new Map(targets.map((one) => [one.message_id, one]))
const plan = (ops: RemoteOp[], targets: Map<string, WriteTarget>, due = ops) =>
  planWrites(due, ops, targets).map((group) => group.writes.map(({ op }) => op.id))

test('the same change of many messages in a folder is one command', () => {
  const targets = targetsOf(target('a'), target('b'), target('c', { folder_id: 'archive' }))
  assert.deepEqual(plan([seen('1', 'a'), seen('2', 'b'), seen('3', 'c')], targets), [['1', '2'], ['3']])
})

test('the operations of one message keep their order', () => {
  const later = seen('2', 'a', { change: { add: [], remove: ['\\Seen'] } })
  assert.deepEqual(plan([seen('1', 'a'), later], targetsOf(target('a'))), [['1']])
  assert.deepEqual(plan([seen('1', 'a'), later], targetsOf(target('a')), [later]), [])
})

test('what was begun or refused before goes alone', () => {
  const ops = [seen('1', 'a', { state: 'running' }), seen('2', 'b', { attempts: 1 }), seen('3', 'c')]
  assert.deepEqual(plan(ops, targetsOf(target('a'), target('b'), target('c'))), [['1'], ['2'], ['3']])
})

test('messages that are gone or on their way are not written to', () => {
  const ops = [seen('1', 'a'), seen('2', 'b')]
  const targets = targetsOf(target('a', { is_away: true }))
  assert.deepEqual(plan(ops, targets), [])
  assert.deepEqual(splitUnwritable(ops, targets), { homeless: ['2'], away: ['1'] })
})
