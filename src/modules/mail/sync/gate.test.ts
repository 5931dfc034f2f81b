import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createGate, createKeyedGate } from './gate.ts'

/** Work that ends when it is told to, and a record of how much of it ran at once. */
function createWork() {
  const ends: Array<() => void> = []
  let started = 0
  return {
    ends,
    started: () => started,
    run: () =>
      new Promise<void>((resolve) => {
        started++
        ends.push(resolve)
      }),
  }
}
const turn = () => new Promise((resolve) => setImmediate(resolve))

test('no more than the capacity runs at once, and all of it runs', async () => {
  const [gate, work] = [createGate(2), createWork()]
  const all = Promise.all([1, 2, 3].map(() => gate(work.run)))
  await turn()
  assert.equal(work.started(), 2)
  work.ends[0]?.()
  await turn()
  assert.equal(work.started(), 3)
  for (const end of work.ends) end()
  await all
})

test('weights count, and what is too heavy runs alone instead of never', async () => {
  const [gate, work] = [createGate(10), createWork()]
  const all = Promise.all([gate(work.run, 6), gate(work.run, 99), gate(work.run, 1)])
  await turn()
  assert.equal(work.started(), 1)
  work.ends[0]?.()
  await turn()
  assert.equal(work.started(), 2)
  work.ends[1]?.()
  await turn()
  work.ends[2]?.()
  await all
})

test('work that fails gives its place back', async () => {
  const gate = createGate(1)
  await assert.rejects(gate(() => Promise.reject(new Error('no'))))
  assert.equal(await gate(async () => 'yes'), 'yes')
})

test('keys do not wait for each other', async () => {
  const [gate, work] = [createKeyedGate(1), createWork()]
  const all = Promise.all([gate('a', work.run), gate('a', work.run), gate('b', work.run)])
  await turn()
  assert.equal(work.started(), 2)
  work.ends[0]?.()
  work.ends[1]?.()
  await turn()
  work.ends[2]?.()
  await all
})
