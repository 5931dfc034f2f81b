import type { ImapConnect } from '#integrations/imap/imap-connect.ts'
import type { Smtp, SmtpOutcome } from '#integrations/smtp/smtp.ts'
import type { Upstreams } from '#platform/observability/upstreams.ts'

/** The same connections to IMAP servers, watched from the resolving of the name to the end of the sign-in. */
export const watchImap =
  (connect: ImapConnect, upstreams: Upstreams): ImapConnect =>
  (server, options) =>
    upstreams.call({ system: 'imap', operation: 'connect' }, () => connect(server, options))

/** The same client, watched; a connection is opened once for many messages. */
export const watchSmtp = (smtp: Smtp, upstreams: Upstreams): Smtp => ({
  verify: (server) => upstreams.call({ system: 'smtp', operation: 'verify' }, () => smtp.verify(server)),
  async open(server) {
    const session = await upstreams.call({ system: 'smtp', operation: 'connect' }, () => smtp.open(server))
    return {
      ...session,
      send: (message, hooks) =>
        upstreams.call({ system: 'smtp', operation: 'send', faultOf }, () => session.send(message, hooks)),
    }
  },
})

function faultOf(outcome: SmtpOutcome): string | undefined {
  if (outcome.kind === 'not_sent') return outcome.error.code
  // A server that refuses a message has answered.
  return outcome.kind === 'unknown' ? 'unknown' : undefined
}
