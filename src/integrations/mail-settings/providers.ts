import type { MailAddress, MailSettings } from './mail-settings.ts'

type Provider = {
  name: string
  /** Domains of its addresses. */
  domains: readonly string[]
  /** What the names of its mail exchangers end in, for domains that it hosts. */
  exchangers: readonly string[]
  imap: string
  smtp: { host: string; port: number; security: 'tls' | 'starttls' }
  authentication: MailSettings['authentication']
  helpUrl: string | null
}

const implicit = (host: string) => ({ host, port: 465, security: 'tls' }) as const
const starttls = (host: string) => ({ host, port: 587, security: 'starttls' }) as const

/** Large providers, as their own help pages say. All take IMAP on 993 and the whole address as the user name. */
const providers: readonly Provider[] = [
  {
    name: 'Gmail',
    domains: ['gmail.com', 'googlemail.com'],
    exchangers: ['.google.com', '.googlemail.com'],
    imap: 'imap.gmail.com',
    smtp: implicit('smtp.gmail.com'),
    authentication: 'app_password',
    helpUrl: 'https://myaccount.google.com/apppasswords',
  },
  {
    name: 'Outlook',
    domains: ['outlook.com', 'hotmail.com', 'hotmail.fr', 'live.com', 'live.fr', 'msn.com', 'outlook.fr'],
    exchangers: ['.outlook.com'],
    imap: 'outlook.office365.com',
    smtp: starttls('smtp.office365.com'),
    authentication: 'oauth2',
    helpUrl: null,
  },
  {
    name: 'Yahoo',
    domains: ['yahoo.com', 'yahoo.fr', 'yahoo.co.uk', 'yahoo.de', 'ymail.com', 'aol.com'],
    exchangers: ['.yahoodns.net'],
    imap: 'imap.mail.yahoo.com',
    smtp: implicit('smtp.mail.yahoo.com'),
    authentication: 'app_password',
    helpUrl: 'https://login.yahoo.com/account/security',
  },
  {
    name: 'iCloud',
    domains: ['icloud.com', 'me.com', 'mac.com'],
    exchangers: ['.mail.icloud.com'],
    imap: 'imap.mail.me.com',
    smtp: starttls('smtp.mail.me.com'),
    authentication: 'app_password',
    helpUrl: 'https://account.apple.com/account/manage',
  },
  {
    name: 'Fastmail',
    domains: ['fastmail.com', 'fastmail.fm'],
    exchangers: ['.messagingengine.com'],
    imap: 'imap.fastmail.com',
    smtp: implicit('smtp.fastmail.com'),
    authentication: 'app_password',
    helpUrl: 'https://app.fastmail.com/settings/security/apps',
  },
  {
    name: 'GMX',
    domains: ['gmx.de', 'gmx.net', 'gmx.at', 'gmx.ch'],
    exchangers: ['.gmx.net'],
    imap: 'imap.gmx.net',
    smtp: starttls('mail.gmx.net'),
    authentication: 'password',
    helpUrl: null,
  },
  {
    name: 'OVHcloud',
    domains: ['ovh.fr', 'ovh.net'],
    exchangers: ['.mail.ovh.net'],
    imap: 'ssl0.ovh.net',
    smtp: implicit('ssl0.ovh.net'),
    authentication: 'password',
    helpUrl: null,
  },
  {
    name: 'Gandi',
    domains: [],
    exchangers: ['.mail.gandi.net'],
    imap: 'mail.gandi.net',
    smtp: implicit('mail.gandi.net'),
    authentication: 'password',
    helpUrl: null,
  },
  {
    name: 'Orange',
    domains: ['orange.fr', 'wanadoo.fr'],
    exchangers: ['.orange.fr'],
    imap: 'imap.orange.fr',
    smtp: implicit('smtp.orange.fr'),
    authentication: 'password',
    helpUrl: null,
  },
]

/** The provider of an address by its domain. */
export function findByDomain(address: MailAddress): MailSettings | undefined {
  const provider = providers.find(({ domains }) => domains.includes(address.domain))
  return provider && settingsOf(provider, address)
}

/** The provider that hosts a domain, by the names of its mail exchangers. */
export function findByExchanger(exchangers: readonly string[], address: MailAddress): MailSettings | undefined {
  const names = exchangers.map((name) => `.${name.toLowerCase().replace(/\.$/, '')}`)
  const provider = providers.find((candidate) =>
    candidate.exchangers.some((ending) => names.some((name) => name.endsWith(ending))),
  )
  return provider && settingsOf(provider, address)
}

/** Who runs the IMAP or SMTP server `host` and takes app passwords only: its name, and where one is made. */
export function findAppPasswordProvider(host: string): { name: string; helpUrl: string } | undefined {
  const provider = providers.find(({ imap, smtp }) => imap === host || smtp.host === host)
  if (provider?.authentication !== 'app_password' || provider.helpUrl === null) return undefined
  return { name: provider.name, helpUrl: provider.helpUrl }
}

function settingsOf({ name, imap, smtp, authentication, helpUrl }: Provider, { email }: MailAddress): MailSettings {
  return {
    imap: { host: imap, port: 993, security: 'tls', username: email },
    smtp: { ...smtp, username: email },
    authentication,
    helpUrl,
    provider: name,
  }
}
