import type { Socket } from 'node:net'
import type SMTPConnection from 'nodemailer/lib/smtp-connection'
import { createReplyReader, type SmtpReply } from './smtp-reply.ts'

export type SmtpChannel = ReturnType<typeof createSmtpChannel>

/**
 * A signed-in connection as commands, replies and bytes. nodemailer connects, upgrades and signs in; from then on the
 * socket is spoken to here, because nodemailer knows no CHUNKING, one ORCPT for all recipients, and one message at a
 * time.
 */
export function createSmtpChannel(connection: SMTPConnection) {
  const socket = socketOf(connection)
  const waiting: PromiseWithResolvers<SmtpReply>[] = []
  let failure: Error | undefined
  /** RFC 5321 §3.8: 421, which may come at any time, says why the server is about to leave. */
  let farewell: SmtpReply | undefined

  const reader = createReplyReader((reply) => {
    if (reply.code === 421) farewell = reply
    const asked = waiting.shift()
    if (asked) asked.resolve(reply)
    else fail(connectionLost(farewell))
  })
  socket.removeAllListeners('data')
  socket.on('data', (chunk: Buffer) => {
    try {
      if (!failure) reader.push(chunk)
    } catch (error) {
      fail(error as Error)
    }
  })
  socket.once('close', () => fail(connectionLost(farewell)))
  connection.on('error', (error) => fail(error))

  function fail(error: Error): void {
    if (failure) return
    failure = error
    for (const asked of waiting.splice(0)) asked.reject(error)
    connection.options.socketCloseTimeout = 0
    connection.close()
    socket.destroy()
  }

  function expectReply(): Promise<SmtpReply> {
    const asked = Promise.withResolvers<SmtpReply>()
    // Of several commands at once the first failure is told to whoever asked; the others are no news.
    asked.promise.catch(() => undefined)
    if (failure) asked.reject(failure)
    else waiting.push(asked)
    return asked.promise
  }

  return {
    /** Why nothing can be said any more; undefined as long as something can. */
    failure: (): Error | undefined => failure,

    /** Says several commands at once (RFC 2920). @returns the reply to each; all reject when the connection fails. */
    say(commands: readonly string[]): Promise<SmtpReply>[] {
      const replies = commands.map(expectReply)
      if (!failure) socket.write(commands.map((command) => `${command}\r\n`).join(''))
      return replies
    },

    /** The reply to what `write` is about to complete. */
    expectReply,

    /** Writes content, as fast as the server takes it. @throws Error when the connection fails. */
    async write(bytes: Buffer | string): Promise<void> {
      if (failure) throw failure
      if (socket.write(bytes)) return
      const drained = Promise.withResolvers<void>()
      const onClose = () => drained.reject(failure ?? connectionLost(farewell))
      socket.once('drain', drained.resolve).once('close', onClose)
      try {
        await drained.promise
      } finally {
        socket.off('drain', drained.resolve).off('close', onClose)
      }
    },

    /** Drops the connection: what it had begun is undone by the server (RFC 5321 §4.1.1.4). */
    abort: (reason = new Error('The connection was dropped.')): void => fail(reason),

    /** Takes leave without waiting for the answer. */
    quit(): void {
      if (failure) return
      failure = new Error('The connection was ended.')
      socket.write('QUIT\r\n')
      connection.close()
    },
  }
}

const connectionLost = (farewell: SmtpReply | undefined): Error =>
  Object.assign(new Error('The connection was lost.'), {
    code: 'ECONNECTION',
    ...(farewell && { response: farewell.text, responseCode: farewell.code }),
  })

/** nodemailer keeps it to itself: the TLS socket after STARTTLS, which nobody else has. */
function socketOf(connection: SMTPConnection): Socket {
  const { _socket: socket } = connection as unknown as { _socket?: Socket }
  if (!socket) throw new Error('nodemailer has no socket where it is looked for')
  return socket
}
