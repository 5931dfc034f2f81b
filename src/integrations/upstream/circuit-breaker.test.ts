import assert from 'node:assert/strict'
import { beforeEach, suite, test } from 'node:test'
import { type CircuitBreaker, createCircuitBreaker } from './circuit-breaker.ts'

suite('the circuit to a system beside us', () => {
  let [breaker, now]: [CircuitBreaker | undefined, number] = [undefined, 0]
  const circuit = () => breaker as CircuitBreaker
  const fail = (times: number) => {
    for (let failure = 0; failure < times; failure++) circuit().failed()
  }
  beforeEach(() => {
    now = 0
    breaker = createCircuitBreaker(() => now)
  })

  test('opens after five failures in a row, and a success in between begins the count anew', () => {
    fail(4)
    circuit().succeeded()
    fail(4)
    assert.deepEqual([circuit().state(), circuit().mayPass()], ['closed', true])
    fail(1)
    assert.deepEqual([circuit().state(), circuit().mayPass()], ['open', false])
  })

  test('lets a single request through after five seconds, whose success closes it', () => {
    fail(5)
    now = 4999
    assert.equal(circuit().mayPass(), false)
    now = 5000
    assert.equal(circuit().state(), 'half_open')
    assert.deepEqual([circuit().mayPass(), circuit().mayPass()], [true, false])
    circuit().succeeded()
    assert.deepEqual([circuit().state(), circuit().mayPass(), circuit().mayPass()], ['closed', true, true])
  })

  test('stays open for another five seconds when that request fails', () => {
    fail(5)
    now = 5000
    circuit().mayPass()
    fail(1)
    assert.equal(circuit().state(), 'open')
    now = 9999
    assert.equal(circuit().mayPass(), false)
    now = 10_000
    assert.equal(circuit().mayPass(), true)
  })

  test('lets another one try when the client of the one that tried went away', () => {
    fail(5)
    now = 5000
    assert.equal(circuit().mayPass(), true)
    circuit().abandoned()
    assert.deepEqual([circuit().state(), circuit().mayPass()], ['half_open', true])
  })

  test('is not held open longer by what was under way when it opened', () => {
    fail(5)
    now = 4000
    fail(3)
    now = 5000
    assert.equal(circuit().mayPass(), true)
  })
})
