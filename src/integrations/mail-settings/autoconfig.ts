import { XMLParser } from 'fast-xml-parser'
import type { GuardedFetch } from '#platform/network/guarded-fetch.ts'
import type { MailAddress, MailSettings, ServiceEndpoint } from './mail-settings.ts'

const maxBytes = 256 * 1024

/**
 * The settings in the autoconfig document at `url` (draft-ietf-mailmaint-autoconfig). One redirect is followed, to https only.
 * @returns undefined when there is no document, or none that says how to use IMAP and SMTP.
 */
export async function fetchAutoconfig(
  http: GuardedFetch,
  url: string,
  address: MailAddress,
  signal: AbortSignal,
): Promise<MailSettings | undefined> {
  let answer = await http.fetch(url, { signal, headers: { accept: 'text/xml, application/xml' } })
  const location = answer.headers.get('location')
  if (answer.status >= 300 && answer.status < 400 && location) {
    await answer.body?.cancel()
    const target = URL.parse(location, url)
    if (target?.protocol !== 'https:') return undefined
    answer = await http.fetch(target.href, { signal })
  }
  if (answer.status !== 200) {
    await answer.body?.cancel()
    return undefined
  }
  const text = await readBounded(answer.body)
  return text === undefined ? undefined : parseAutoconfig(text, address)
}

async function readBounded(body: AsyncIterable<Uint8Array> | null): Promise<string | undefined> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body ?? []) {
    size += chunk.byteLength
    if (size > maxBytes) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

// Entities are off: the document comes from a stranger (billion laughs).
const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  processEntities: false,
  isArray: (name) => listed.has(name),
})
const listed = new Set(['emailProvider', 'incomingServer', 'outgoingServer', 'authentication', 'username'])

type Server = {
  '@type'?: string
  hostname?: unknown
  port?: unknown
  socketType?: unknown
  username?: unknown[]
  authentication?: unknown[]
}

/** Undefined for anything that is no such document. */
function parseAutoconfig(xml: string, address: MailAddress): MailSettings | undefined {
  const provider = firstProvider(xml)
  const imapServer = pick(provider?.incomingServer, 'imap')
  const smtpServer = pick(provider?.outgoingServer, 'smtp')
  const imap = imapServer && endpointOf(imapServer, address)
  const smtp = smtpServer && endpointOf(smtpServer, address)
  if (!imap || !smtp) return undefined
  const methods = (imapServer?.authentication ?? []).map(String)
  const isOAuthOnly = methods.length > 0 && methods.every((method) => method === 'OAuth2')
  return {
    imap,
    smtp,
    authentication: isOAuthOnly ? 'oauth2' : 'password',
    helpUrl: null,
    provider: provider?.name ?? null,
  }
}

type Provider = { incomingServer?: Server[]; outgoingServer?: Server[]; name: string | undefined }

function firstProvider(xml: string): Provider | undefined {
  try {
    const document = parser.parse(xml) as { clientConfig?: { emailProvider?: Record<string, unknown>[] } }
    const provider = document.clientConfig?.emailProvider?.[0]
    if (!provider || typeof provider !== 'object') return undefined
    const name = provider.displayShortName ?? provider.displayName
    return { ...provider, name: typeof name === 'string' ? name : undefined }
  } catch {
    return undefined
  }
}

/** The document lists its servers from best to worst; one without encryption comes last whatever it says. */
function pick(servers: Server[] | undefined, type: string): Server | undefined {
  const fitting = (servers ?? []).filter((server) => server['@type'] === type)
  return fitting.find((server) => securityOf(server) !== 'none') ?? fitting[0]
}

function endpointOf(server: Server, address: MailAddress): ServiceEndpoint | undefined {
  const host = fill(server.hostname, address)
  const port = Number(server.port)
  if (!/^[a-z0-9.-]+$/i.test(host) || !Number.isInteger(port) || port < 1 || port > 65_535) return undefined
  return { host, port, security: securityOf(server), username: fill(server.username?.[0] ?? '%EMAILADDRESS%', address) }
}

function securityOf({ socketType }: Server): ServiceEndpoint['security'] {
  if (socketType === 'SSL') return 'tls'
  return socketType === 'STARTTLS' ? 'starttls' : 'none'
}

const fill = (template: unknown, { email, localPart, domain }: MailAddress): string =>
  String(template ?? '')
    .trim()
    .replaceAll('%EMAILADDRESS%', email)
    .replaceAll('%EMAILLOCALPART%', localPart)
    .replaceAll('%EMAILDOMAIN%', domain)
