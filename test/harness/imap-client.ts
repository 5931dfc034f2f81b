import { ImapFlow, type ImapFlowOptions } from 'imapflow'

/**
 * A connected IMAP client, for a test that plays the part of somebody else's mail program. Plain text unless
 * `options` say otherwise. Errors of the connection after that are ignored: servers die on purpose here.
 */
export async function connectImap(
  server: { host: string; port: number },
  user: { username: string; password: string },
  options: Partial<ImapFlowOptions> = {},
): Promise<ImapFlow> {
  const client = new ImapFlow({
    ...server,
    auth: { user: user.username, pass: user.password },
    secure: false,
    doSTARTTLS: false,
    logger: false,
    ...options,
  })
  client.on('error', () => undefined)
  await client.connect()
  return client
}
