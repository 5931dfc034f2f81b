import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { freePort } from '../test/harness/free-port.ts'
import { assertPortsFree, choosePorts } from './ports.ts'

test('the ports follow PORT', () => {
  assert.deepEqual(choosePorts('9000'), {
    ultid: 9000,
    issuer: 9001,
    imap: { alice: 9002, bob: 9003, carol: 9004 },
    smtp: 9005,
    postgres: 9006,
    nextcloud: 9007,
    nextcloudIssuer: 9008,
    authentik: 9009,
    immich: 9010,
    jitsi: 9011,
  })
  assert.equal(choosePorts().ultid, 8080)
})

test('a PORT that is no usable port is refused by name', () => {
  for (const value of ['', 'http', '0', '80.5', '65530']) assert.throws(() => choosePorts(value), /PORT must be/)
})

test('a port in use is named together with what wants it and the variable that moves it', async () => {
  const first = (await freePort()) - 3
  const squatter = createServer().listen(first + 3, '127.0.0.1')
  await once(squatter, 'listening')
  try {
    await assert.rejects(assertPortsFree(choosePorts(String(first))), (error: Error) => {
      assert.match(error.message, new RegExp(`Port ${first + 3}, meant for bob's IMAP server, is in use`))
      assert.match(error.message, /PORT=\d+ npm start/)
      return true
    })
  } finally {
    squatter.close()
  }
})
