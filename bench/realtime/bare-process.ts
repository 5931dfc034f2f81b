import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { WebSocketServer } from 'ws'
import { obeyBench } from './measured-server.ts'

/** `ws` as it is, which sends the same text to all. */
const [text = ''] = process.argv.slice(2)
const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false })
await once(server, 'listening')
obeyBench(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, () => {
  for (const client of server.clients) client.send(text)
})
