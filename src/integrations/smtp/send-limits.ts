import type { MailServer } from '#integrations/mail-server/mail-server.ts'

/** What a provider lets an account send. */
export type SendLimits = { messagesPerMinute: number; recipientsPerDay: number }

/**
 * By what the names of submission servers end in, as their providers publish them. A mailbox of the provider's own
 * domain is a private one, and may send less than one of a company that uses the same servers.
 */
const limits: readonly {
  hosts: readonly string[]
  company: SendLimits
  own: readonly string[]
  private: SendLimits
}[] = [
  {
    hosts: ['gmail.com', 'googlemail.com'],
    company: { messagesPerMinute: 60, recipientsPerDay: 2000 },
    own: ['gmail.com', 'googlemail.com'],
    private: { messagesPerMinute: 20, recipientsPerDay: 500 },
  },
  {
    hosts: ['outlook.com', 'office365.com', 'hotmail.com'],
    company: { messagesPerMinute: 30, recipientsPerDay: 10_000 },
    own: ['outlook.com', 'hotmail.com', 'live.com', 'msn.com'],
    private: { messagesPerMinute: 30, recipientsPerDay: 300 },
  },
  {
    hosts: ['yahoo.com', 'aol.com'],
    company: { messagesPerMinute: 20, recipientsPerDay: 500 },
    own: [],
    private: { messagesPerMinute: 20, recipientsPerDay: 500 },
  },
  {
    hosts: ['me.com', 'icloud.com'],
    company: { messagesPerMinute: 30, recipientsPerDay: 1000 },
    own: [],
    private: { messagesPerMinute: 30, recipientsPerDay: 1000 },
  },
]

/** The limits of the provider of this account; undefined where none are known. */
export function sendLimitsOf({ host, username }: Pick<MailServer, 'host' | 'username'>): SendLimits | undefined {
  const name = `.${host.toLowerCase().replace(/\.$/, '')}`
  const found = limits.find(({ hosts }) => hosts.some((ending) => name.endsWith(`.${ending}`)))
  if (!found) return undefined
  const domain = username.slice(username.lastIndexOf('@') + 1).toLowerCase()
  return found.own.includes(domain) ? found.private : found.company
}

/**
 * Whether an answer says that the account has sent enough for now. Gmail says so with 550 5.4.5, Exchange with 550
 * 5.1.90 or 554 5.2.0 and a name, as if the message were refused for good.
 */
export const isOverLimit = (answer: string): boolean =>
  /^5\d\d[ -](5\.4\.5|5\.1\.90)\b|sending (limit|quota) ?(has been |was )?exceeded|SubmissionQuotaExceeded|daily (user )?(message|sending|recipient) (limit|quota)/i.test(
    answer,
  )
