import type { ImapConnect } from '#integrations/imap/imap-connect.ts'
import type { Smtp } from '#integrations/smtp/smtp.ts'
import type { Upstreams } from '#platform/observability/upstreams.ts'

/** The same connections to IMAP servers, watched from the resolving of the name to the end of the sign-in. */
export const watchImap =
  (connect: ImapConnect, upstreams: Upstreams): ImapConnect =>
  (server, options) =>
    upstreams.call({ system: 'imap', operation: 'connect' }, () => connect(server, options))

/** The same client, watched; the time of a `send` includes that of its sign-in. */
export const watchSmtp = (smtp: Smtp, upstreams: Upstreams): Smtp => ({
  verify: (server) => upstreams.call({ system: 'smtp', operation: 'verify' }, () => smtp.verify(server)),
  send: (server, message, hooks) =>
    upstreams.call(
      {
        ...{ system: 'smtp', operation: 'send' },
        faultOf: (outcome) => {
          if (outcome.kind === 'not_sent') return outcome.error.code
          // A server that refuses a message has answered.
          return outcome.kind === 'unknown' ? 'unknown' : undefined
        },
      },
      () => smtp.send(server, message, hooks),
    ),
})
