import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RemoteOp } from '../changes/remote-op-store.ts'
import { firstOps, planWrites, splitUnwritable } from './write-plan.ts'
import type { WriteTarget } from './write-target-store.ts'

const seen = (id: string, message_id: string, more: object = {}): RemoteOp =>
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
  planWrites(firstOps(due, ops), targets).map((group) => group.writes.map(({ op }) => op.id))

test('the same change of many messages in a folder is one command', () => {
  const targets = targetsOf(target('a'), target('b'), target('c', { folder_id: 'archive' }))
  assert.deepEqual(plan([seen('1', 'a'), seen('2', 'b'), seen('3', 'c')], targets), [['1', '2'], ['3']])
})

test('the operations of one message keep their order', () => {
  const later = seen('2', 'a', { change: { add: [], remove: ['\\Seen'] } })
  assert.deepEqual(plan([seen('1', 'a'), later], targetsOf(target('a'))), [['1']])
  assert.deepEqual(plan([seen('1', 'a'), later], targetsOf(target('a')), [later]), [])
})

test('what was begun before a crash goes alone, what was refused goes with its like', () => {
  const again = { attempts: 1 }
  const ops = [seen('1', 'a', { state: 'running' }), seen('2', 'b', again), seen('3', 'c'), seen('4', 'd', again)]
  assert.deepEqual(plan(ops, targetsOf(...['a', 'b', 'c', 'd'].map((id) => target(id)))), [['1'], ['2', '4'], ['3']])
})

test('a thousand messages are one command, unless their UIDs are too long for a line', () => {
  const ops = Array.from({ length: 1000 }, (_, at) => seen(`op${at}`, `message${at}`))
  const targets = (first: number) => targetsOf(...ops.map((op, at) => target(op.message_id, { uid: first + 2 * at })))
  assert.deepEqual(
    plan(ops, targets(1000)).map((group) => group.length),
    [1000],
  )
  assert.deepEqual(
    plan(ops, targets(1_000_000_000)).map((group) => group.length),
    [636, 364],
  )
})

test('copies and moves of one folder to another are alike, whatever they are called here', () => {
  const copied = (id: string, message: string, copy_id: string) =>
    seen(id, message, { kind: 'copy', change: { folder_id: 'archive', from_folder_id: 'inbox', copy_id } })
  const ops = [copied('1', 'a', 'x'), copied('2', 'b', 'y')]
  assert.deepEqual(plan(ops, targetsOf(target('a'), target('b'))), [['1', '2']])
})

test('messages that are gone or on their way are not written to', () => {
  const ops = [seen('1', 'a'), seen('2', 'b')]
  const targets = targetsOf(target('a', { is_away: true }))
  assert.deepEqual(plan(ops, targets), [])
  assert.deepEqual(splitUnwritable(ops, targets), { homeless: ['2'], away: ['1'] })
})
