import { spawn } from 'node:child_process'
import { connect } from 'node:net'
import { eventually } from '../../test/harness/eventually.ts'
import { freePort } from '../../test/harness/free-port.ts'

/** Postfix's own program for such measurements: takes all mail, keeps none, and costs next to nothing. */
export async function startFastSmtpSink() {
  const port = await freePort()
  const user = process.getuid?.() === 0 ? ['-u', 'nobody'] : []
  const child = spawn('/usr/sbin/smtp-sink', [...user, `127.0.0.1:${port}`, '100'], { stdio: 'ignore' })
  const isMissing = await new Promise<boolean>((resolve) => {
    child.once('error', () => resolve(true)).once('spawn', () => resolve(false))
  })
  if (isMissing) throw new Error('This benchmark sends to smtp-sink: install it (apt-get install postfix).')
  const stop = () => child.kill('SIGKILL')
  process.once('exit', stop)
  await eventually(() => greeted(port))
  return { port, close: stop }
}

const greeted = (port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('error', reject).once('data', () => {
      socket.end('QUIT\r\n')
      resolve()
    })
  })
