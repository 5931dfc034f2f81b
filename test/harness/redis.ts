import { connect } from 'node:net'
import { freePort } from './free-port.ts'
import { type OwnedProcess, spawnOwned, untilReady } from './owned-process.ts'
import { createTempDir } from './temp-dir.ts'

export type Redis = {
  url: string
  /** kill -9. It keeps nothing, like a cache whose machine died. */
  kill(): Promise<void>
  /** Starts an empty server on the same port, after stopping the one that runs. */
  restart(): Promise<void>
  close(): Promise<void>
}

/** A private redis-server on 127.0.0.1 without persistence. */
export async function startRedis(): Promise<Redis> {
  const files = await createTempDir('redis')
  const port = await freePort()
  const logs: string[] = []
  let running: OwnedProcess | undefined

  async function end(signal: NodeJS.Signals): Promise<void> {
    await running?.kill(signal)
    running = undefined
  }
  async function restart(): Promise<void> {
    await end('SIGTERM')
    const options = [
      '--port',
      String(port),
      '--bind',
      '127.0.0.1',
      '--dir',
      files.path,
      '--save',
      '',
      '--appendonly',
      'no',
    ]
    const server = await spawnOwned('redis-server', options, { logs })
    running = server
    await untilReady(server, () => ping(port))
  }
  await restart()
  return {
    url: `redis://127.0.0.1:${port}`,
    kill: () => end('SIGKILL'),
    restart,
    async close() {
      await end('SIGKILL')
      await files.remove()
    },
  }
}

function ping(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'))
    socket.once('data', (answer) => {
      socket.destroy()
      if (answer.toString().startsWith('+PONG')) resolve()
      else reject(new Error(`Redis answered ${answer}`))
    })
    socket.once('error', reject)
    socket.once('close', () => reject(new Error(`Redis does not answer on port ${port}.`)))
  })
}
