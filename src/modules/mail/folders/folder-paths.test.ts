import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fc } from '../../../../test/harness/properties.ts'
import type { FolderOp, FolderOpChange } from './folder-op-store.ts'
import { type FolderPlace, nameOf, prefixOf, shownPaths } from './folder-paths.ts'

const folder = (id: string, path = id, isOnServer = true): FolderPlace => ({ id, path, delimiter: '/', isOnServer })
const op = (folder_id: string, change: FolderOpChange): FolderOp => ({
  ...{ id: `op of ${folder_id}`, folder_id, state: 'pending', attempts: 0 },
  ...change,
})
const target = (name: string, parent_id: string | null = null, prefix = '') => ({ parent_id, prefix, name })
const shown = (folders: FolderPlace[], ops: FolderOp[]) => Object.fromEntries(shownPaths(folders, ops))

test('without changes, folders are shown where they are', () => {
  assert.deepEqual(shown([folder('a'), folder('b', 'a/b')], []), { a: 'a', b: 'a/b' })
})

test('a renamed folder takes along what lies in it, and nothing whose name only begins alike', () => {
  const folders = [folder('a'), folder('in', 'a/in'), folder('deep', 'a/in/deep'), folder('ab')]
  const renamed = shown(folders, [op('a', { kind: 'rename', change: target('z') })])
  assert.deepEqual(renamed, { a: 'z', in: 'z/in', deep: 'z/in/deep', ab: 'ab' })
})

test('a folder that is asked for lies where its parent is shown by then', () => {
  const folders = [folder('a'), folder('new', 'z/new', false)]
  const ops = [
    op('a', { kind: 'rename', change: target('z') }),
    op('new', { kind: 'create', change: target('new', 'a') }),
    op('a', { kind: 'rename', change: target('y') }),
  ]
  assert.deepEqual(shown(folders, ops), { a: 'y', new: 'y/new' })
  assert.deepEqual(shown(folders, ops.slice(1, 2)), { a: 'a', new: 'a/new' })
})

test('a deleted folder is shown nowhere', () => {
  assert.deepEqual(shown([folder('a'), folder('b')], [op('a', { kind: 'delete', change: {} })]), { b: 'b' })
})

test('a path is its prefix and its name', () => {
  const part = fc.string({ minLength: 1 }).filter((name) => !name.includes('/'))
  fc.assert(
    fc.property(fc.array(part, { minLength: 1 }), (parts) => {
      const path = parts.join('/')
      assert.equal(nameOf(path, '/'), parts.at(-1))
      assert.equal(prefixOf(path, '/') + nameOf(path, '/'), path)
    }),
  )
  assert.deepEqual([nameOf('a/b', null), prefixOf('a/b', null)], ['a/b', ''])
})

test('what is shown is what a server has that does the changes one after the other', () => {
  const change = fc.record({ folder: fc.nat(3), name: fc.constantFrom('p', 'q', 'r'), parent: fc.option(fc.nat(3)) })
  fc.assert(
    fc.property(fc.array(change, { maxLength: 8 }), (changes) => {
      const folders = ['w', 'x', 'y', 'z'].map((id) => folder(id))
      const server = new Map(folders.map(({ id, path }) => [id, path]))
      const ops: FolderOp[] = []
      for (const { folder: at, name, parent } of changes) {
        const id = folders[at]?.id ?? ''
        const parentId = parent === null ? null : (folders[parent]?.id ?? null)
        const into = parentId === null ? '' : `${server.get(parentId)}/`
        const [from, to] = [server.get(id) ?? '', into + name]
        // What the API refuses: a name that is taken, a folder in itself.
        if ([...server.values()].includes(to) || `${to}/`.startsWith(`${from}/`)) continue
        for (const [other, path] of server) {
          if (path === from || path.startsWith(`${from}/`)) server.set(other, to + path.slice(from.length))
        }
        ops.push(op(id, { kind: 'rename', change: target(name, parentId) }))
      }
      assert.deepEqual(shown(folders, ops), Object.fromEntries(server))
    }),
  )
})
