import { AppError } from '#platform/errors.ts'
import type { MailServer, TokenServer } from './mail-server.ts'

/** The SASL mechanisms by which an access token signs in, from the standard one to the older. */
export const tokenMechanisms = ['OAUTHBEARER', 'XOAUTH2'] as const
export type TokenMechanism = (typeof tokenMechanisms)[number]

/** The client's first answer in base64. RFC 7628 §3.1; XOAUTH2 is its forerunner at Google and Microsoft. */
export function tokenResponse(mechanism: TokenMechanism, { host, port, username, accessToken }: TokenServer): string {
  const authzid = username.replaceAll('=', '=3D').replaceAll(',', '=2C')
  const fields = {
    OAUTHBEARER: [`n,a=${authzid},`, `host=${host}`, `port=${port}`],
    XOAUTH2: [`user=${username}`],
  }[mechanism]
  return Buffer.from([...fields, `auth=Bearer ${accessToken}`, '', ''].join('\x01')).toString('base64')
}

/**
 * Signs in by `attempt`, and when the server refuses the access token once more with a renewed one: a token can be
 * revoked or end sooner than its provider said.
 * @throws what `attempt` and the renewal throw.
 */
export async function withRenewal<T>(server: MailServer, attempt: (server: MailServer) => Promise<T>): Promise<T> {
  try {
    return await attempt(server)
  } catch (error) {
    const isRefused = error instanceof AppError && error.code === 'mail.authentication_failed'
    if (!isRefused || server.accessToken === undefined || !server.renewAccessToken) throw error
    return attempt({ ...server, accessToken: await server.renewAccessToken() })
  }
}
