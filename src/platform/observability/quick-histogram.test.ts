import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Histogram, Registry } from 'prom-client'
import { createQuickHistogram } from './quick-histogram.ts'

test('it writes what a histogram of prom-client writes', async () => {
  const [quick, theirs] = [new Registry(), new Registry()]
  const options = { name: 'test_seconds', help: 'A test.', buckets: [0.1, 1] }
  const { series } = createQuickHistogram({ registry: quick }, options)
  const peer = new Histogram({ ...options, labelNames: ['route', 'status'], registers: [theirs] })
  for (const labels of [
    { route: '/a', status: '200' },
    { route: '/b"\\', status: '404' },
  ]) {
    for (const value of [0, 0.1, 0.5, 1, 30]) {
      series(labels).observe(value)
      peer.observe(labels, value)
    }
  }
  assert.equal(await quick.metrics(), await theirs.metrics())
})
