import type { MailOAuthProvider } from '#config/config.ts'
import type { MailAddress, MailSettings } from '#integrations/mail-settings/mail-settings.ts'

/** What discovery knows of a provider at which owners sign in. */
export type OAuthMailboxes = Pick<MailOAuthProvider, 'name' | 'domains' | 'imap' | 'smtp'>

/** The provider whose IMAP server it is: so are mailboxes recognised whose domain it merely hosts. */
export const providerAt = (providers: readonly OAuthMailboxes[], { imap }: MailSettings): OAuthMailboxes | undefined =>
  providers.find((provider) => provider.imap.host === imap.host)

/** Settings of an address whose domain is configured as a provider's. */
export function findConfigured(
  providers: readonly OAuthMailboxes[],
  { email, domain }: MailAddress,
): MailSettings | undefined {
  const provider = providers.find(({ domains }) => domains.includes(domain))
  if (!provider) return undefined
  const { imap, smtp, name } = provider
  return {
    imap: { ...imap, username: email },
    smtp: { ...smtp, username: email },
    authentication: 'oauth2',
    helpUrl: null,
    provider: name,
  }
}
