import type { MailAccountProbes } from '#modules/mail/index.ts'
import { type Check, ok } from './check.ts'

/** Signs in to both servers of a mail account with what is stored of it. */
export function mailAccountChecks(probes: MailAccountProbes, mailAccountId: string): Check[] {
  const advice = 'The message says what to check; the owner of the account may have to sign in to it anew.'
  return (['imap', 'smtp'] as const).map((protocol) => ({
    name: `mail account ${protocol.toUpperCase()}`,
    advice,
    run: async () => ok(`signed in to ${await probes[protocol](mailAccountId)}`),
  }))
}
