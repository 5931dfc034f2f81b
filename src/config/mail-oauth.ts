import type { Reader } from './reader.ts'

export type MailOAuthEndpoint = { host: string; port: number; security: 'tls' | 'starttls' | 'none' }

/** A provider whose mailboxes are signed in to by OAuth 2.0. */
export type MailOAuthProvider = Readonly<{
  name: string
  clientId: string
  authorizationEndpoint: string
  tokenEndpoint: string
  scopes: readonly string[]
  /** Added to the authorization request: how this provider is told to give a refresh token. */
  parameters: Readonly<Record<string, string>>
  /** How the secret travels (RFC 6749 §2.3.1). */
  clientAuthentication: 'basic' | 'post'
  /** Domains of its addresses; of others its mailboxes are recognised by their IMAP server. */
  domains: readonly string[]
  imap: MailOAuthEndpoint
  smtp: MailOAuthEndpoint
}>

type KnownProvider = Pick<MailOAuthProvider, 'authorizationEndpoint' | 'tokenEndpoint' | 'scopes' | 'parameters'> & {
  imap: string
  smtp: string
}

const known: Readonly<Record<string, KnownProvider>> = {
  google: {
    authorizationEndpoint: 'https://accounts.google.com/o/oauth2/v2/auth',
    tokenEndpoint: 'https://oauth2.googleapis.com/token',
    scopes: ['https://mail.google.com/'],
    // Without consent asked for anew, Google gives a refresh token only the first time.
    parameters: { access_type: 'offline', prompt: 'consent' },
    imap: 'imap.gmail.com:993',
    smtp: 'smtp.gmail.com:465',
  },
  microsoft: {
    authorizationEndpoint: 'https://login.microsoftonline.com/common/oauth2/v2.0/authorize',
    tokenEndpoint: 'https://login.microsoftonline.com/common/oauth2/v2.0/token',
    scopes: [
      'https://outlook.office.com/IMAP.AccessAsUser.All',
      'https://outlook.office.com/SMTP.Send',
      'offline_access',
    ],
    parameters: {},
    imap: 'outlook.office365.com:993',
    smtp: 'smtp.office365.com:587',
  },
}

/** The variable of a provider: MAIL_OAUTH_GOOGLE_CLIENT_ID. */
const variableOf = (provider: string, name: string): string => `MAIL_OAUTH_${provider.toUpperCase()}_${name}`

/** The providers that MAIL_OAUTH_PROVIDERS names. Of Google and Microsoft everything but the client is known. */
export function readMailOAuth(reader: Reader): readonly MailOAuthProvider[] {
  const names = [...new Set(reader.list('MAIL_OAUTH_PROVIDERS'))]
  const faulty = names.filter((name) => !/^[a-z][a-z0-9]{0,30}$/.test(name))
  if (faulty.length > 0) {
    reader.fault(`MAIL_OAUTH_PROVIDERS names ${faulty.join(', ')}; expected names of small letters and digits.`)
  }
  return names.filter((name) => !faulty.includes(name)).map((name) => readProvider(reader, name))
}

function readProvider(reader: Reader, name: string): MailOAuthProvider {
  const builtIn = Object.hasOwn(known, name) ? known[name] : undefined
  const variable = (part: string) => variableOf(name, part)
  const expectedScopes = 'the scopes that give access to mail, comma-separated'
  const scopes = (reader.text(variable('SCOPES'), expectedScopes, builtIn?.scopes.join(',')) ?? '').split(/[\s,]+/)
  return {
    name,
    clientId: reader.text(variable('CLIENT_ID'), 'the client id that the provider gave you'),
    authorizationEndpoint: readUrl(reader, variable('AUTHORIZATION_ENDPOINT'), builtIn?.authorizationEndpoint),
    tokenEndpoint: readUrl(reader, variable('TOKEN_ENDPOINT'), builtIn?.tokenEndpoint),
    scopes,
    parameters: builtIn?.parameters ?? parametersFor(scopes),
    clientAuthentication: reader.choice(
      variable('CLIENT_AUTHENTICATION'),
      ['basic', 'post'] as const,
      builtIn ? 'post' : 'basic',
    ),
    domains: reader.list(variable('DOMAINS')).map((domain) => domain.toLowerCase()),
    imap: readEndpoint(reader, variable('IMAP'), builtIn?.imap),
    smtp: readEndpoint(reader, variable('SMTP'), builtIn?.smtp),
  }
}

const readUrl = (reader: Reader, name: string, fallback: string | undefined): string =>
  reader.url(name, ['https:', 'http:'], fallback)

/** OpenID Connect Core 1.0 §11: offline access is given only with consent. */
const parametersFor = (scopes: readonly string[]): Record<string, string> =>
  scopes.includes('offline_access') ? { prompt: 'consent' } : {}

const implicitTlsPorts = new Set([993, 465])

function readEndpoint(reader: Reader, name: string, fallback: string | undefined): MailOAuthEndpoint {
  const expected = 'host:port, followed by :tls, :starttls or :none where the port does not say it'
  const text = reader.text(name, expected, fallback) ?? ''
  const [, host, digits, security] = /^([^\s:]+):(\d{1,5})(?::(tls|starttls|none))?$/.exec(text) ?? []
  const port = Number(digits)
  if (text && (!host || port < 1 || port > 65_535)) reader.fault(`${name} is not valid; expected ${expected}.`)
  const usual = implicitTlsPorts.has(port) ? 'tls' : 'starttls'
  return { host: host ?? '', port, security: (security as MailOAuthEndpoint['security'] | undefined) ?? usual }
}

/** The secrets of the clients by provider. A public client (RFC 6749 §2.1) has none. */
export function readMailOAuthSecrets(reader: Reader, names: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    names.flatMap((name) => {
      const secret = reader.optional(variableOf(name, 'CLIENT_SECRET'))
      return secret === undefined ? [] : [[name, secret] as const]
    }),
  )
}
