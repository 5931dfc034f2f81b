import type SMTPConnection from 'nodemailer/lib/smtp-connection'
import type { TokenServer } from '#integrations/mail-server/mail-server.ts'
import { type TokenMechanism, tokenMechanisms, tokenResponse } from '#integrations/mail-server/token-login.ts'

/** For nodemailer's `customAuth`: each mechanism tried once, while nodemailer's own would repeat a refused token. */
export const tokenHandlers = (server: TokenServer): SMTPConnection.CustomAuthenticationHandlers =>
  Object.fromEntries(
    tokenMechanisms.map((mechanism) => [
      methodOf(mechanism),
      (context: SMTPConnection.CustomAuthenticationContext) => exchange(context, mechanism, server),
    ]),
  )

/** A name of ours: asked for XOAUTH2, nodemailer would send the token by LOGIN where the server has that, too. */
const methodOf = (mechanism: TokenMechanism): string => `TOKEN-${mechanism}`

/** Which handler to use, by the answer to EHLO (RFC 4954 §3); undefined when the server takes no tokens. */
export function tokenMethodOf(ehlo: string | false): string | undefined {
  const lines = (ehlo || '').toUpperCase().split(/\r?\n/)
  const offered = new Set(lines.flatMap((line) => /^250[ -]AUTH[ =](.*)$/.exec(line)?.[1]?.split(/\s+/) ?? []))
  const mechanism = tokenMechanisms.find((name) => offered.has(name))
  return mechanism && methodOf(mechanism)
}

/** nodemailer makes the error of what is thrown here, with the server's last answer. */
async function exchange(
  context: SMTPConnection.CustomAuthenticationContext,
  mechanism: TokenMechanism,
  server: TokenServer,
): Promise<void> {
  const answer = await context.sendCommand(`AUTH ${mechanism} ${tokenResponse(mechanism, server)}`)
  // RFC 7628 §3.2.3: the reason comes as a challenge, and a dummy answer to it ends the exchange.
  const dummy = mechanism === 'OAUTHBEARER' ? 'AQ==' : ''
  const { status } = answer.status === 334 ? await context.sendCommand(dummy) : answer
  if (status !== 235) throw new Error('The access token was refused.')
}
