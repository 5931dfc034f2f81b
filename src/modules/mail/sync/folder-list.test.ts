import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RemoteFolder } from '#integrations/imap/imap-folders.ts'
import { planFolders } from './folder-list.ts'
import type { Folder } from './folder-store.ts'

const stored = (path: string, more: Partial<Folder> = {}): Folder => ({
  id: path,
  ...{ path, name: path, delimiter: '/', role: null, isSelectable: true },
  ...{
    uidvalidity: 1,
    uidnext: 5,
    highestmodseq: null,
    backfillLow: 1,
    shownCount: 4,
    failedSelects: 0,
    isParked: false,
  },
  ...{
    isOnServer: true,
    isDeleted: false,
    isSubscribed: true,
    sync: 'all',
    serverMailboxId: null,
    keepsKeywords: true,
  },
  ...more,
})
const remote = (path: string, uidValidity: number, more: Partial<RemoteFolder> = {}): RemoteFolder => ({
  ...{ path, name: path, delimiter: '/', role: null, isSelectable: true, isSubscribed: true },
  status: { uidValidity, uidNext: 5 },
  ...more,
})
const names = (plan: ReturnType<typeof planFolders>) => ({
  created: plan.created.map((folder) => folder.path),
  changed: plan.changed.map((change) => `${change.stored.path} -> ${change.remote.path}`),
  removed: plan.removed.map((folder) => folder.path),
})

test('nothing new is no plan', () => {
  const plan = planFolders([stored('INBOX')], [remote('INBOX', 1)])
  assert.deepEqual(names(plan), { created: [], changed: [], removed: [] })
})

test('a folder that kept its UIDVALIDITY under another name was renamed', () => {
  const plan = planFolders([stored('A', { uidvalidity: 7 })], [remote('B', 7), remote('C', 8)])
  assert.deepEqual(names(plan), { created: ['C'], changed: ['A -> B'], removed: [] })
})

test('where several folders share a UIDVALIDITY, no name is guessed', () => {
  const plan = planFolders([stored('A'), stored('B')], [remote('C', 1), remote('D', 1)])
  assert.deepEqual(names(plan), { created: ['C', 'D'], changed: [], removed: ['A', 'B'] })
})

test('a folder that was emptied of UIDs is another one', () => {
  const plan = planFolders([stored('A', { uidnext: 50 })], [remote('B', 1)])
  assert.deepEqual(names(plan), { created: ['B'], changed: [], removed: ['A'] })
})

test('a new role is a change', () => {
  const plan = planFolders([stored('Post')], [remote('Post', 1, { role: 'sent' })])
  assert.deepEqual(names(plan), { created: [], changed: ['Post -> Post'], removed: [] })
})

test('a MAILBOXID decides what was renamed, whatever the UIDVALIDITYs say', () => {
  const before = [stored('A', { serverMailboxId: 'F1' }), stored('B', { serverMailboxId: 'F2' })]
  const now = [remote('C', 1), remote('D', 1), remote('E', 1)]
  const ids = new Map([
    ['C', 'F2'],
    ['D', 'F1'],
    ['E', 'F3'],
  ])
  assert.deepEqual(names(planFolders(before, now, ids)), { created: ['E'], changed: ['B -> C', 'A -> D'], removed: [] })
})

test('a folder that is asked for and found on the server is there; until then it is not missing', () => {
  const asked = stored('New', { isOnServer: false, uidvalidity: null, uidnext: null })
  assert.deepEqual(names(planFolders([asked], [])), { created: [], changed: [], removed: [] })
  assert.deepEqual(names(planFolders([asked], [remote('New', 9)])), {
    created: [],
    changed: ['New -> New'],
    removed: [],
  })
})

test('a subscription that changed elsewhere is a change', () => {
  const plan = planFolders([stored('News')], [remote('News', 1, { isSubscribed: false })])
  assert.deepEqual(names(plan).changed, ['News -> News'])
})
