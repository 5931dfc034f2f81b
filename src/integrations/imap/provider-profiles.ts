/** What is to be known about a provider's servers beyond what they announce. */
export type ProviderProfile = {
  name: string
  /** How long IDLE goes on before it is begun anew; some providers forget longer ones without a word. */
  maxIdleMs: number
  /** False where IDLE is announced, if at all, but tells nothing. */
  hasIdle: boolean
  /** False where VANISHED answers (RFC 7162 §3.2.10) cannot be trusted: CONDSTORE alone is used. */
  hasQresync: boolean
  /** Bytes a day beyond which an account is locked out, less a share for its other programs. */
  dailyBytes: number
  /** Its submission server files what it sends in Sent, some seconds later. */
  filesSentCopies: boolean
  /**
   * Who writes Authentication-Results for its mailboxes, and takes out those that others wrote in its name: an id stands
   * for those below it too; the empty one for a field that names nobody.
   */
  authservIds: readonly string[]
}

const ordinary: ProviderProfile = {
  name: 'any',
  // RFC 2177 asks for less than 29 minutes; routers and proxies forget a silent connection sooner.
  maxIdleMs: 240_000,
  hasIdle: true,
  hasQresync: true,
  dailyBytes: Number.POSITIVE_INFINITY,
  filesSentCopies: false,
  authservIds: [],
}

/**
 * By what the names of IMAP and submission servers end in. Of connections an account may have 5 at the strictest
 * provider and 15 at Gmail: a node uses 5 at most, of which 3 are short.
 */
const profiles: ReadonlyArray<Partial<ProviderProfile> & { name: string; hosts: readonly string[] }> = [
  // Gmail locks an account out beyond 2,500 MB a day. Its labels are told by X-GM-EXT-1.
  {
    ...{ name: 'Gmail', hosts: ['gmail.com', 'googlemail.com'] },
    ...{ dailyBytes: 2_000_000_000, filesSentCopies: true, authservIds: ['mx.google.com'] },
  },
  {
    ...{ name: 'Outlook', hosts: ['outlook.com', 'office365.com', 'hotmail.com'] },
    ...{ filesSentCopies: true, authservIds: [''] },
  },
  { name: 'Yahoo', hosts: ['yahoo.com', 'aol.com'], maxIdleMs: 180_000, authservIds: ['yahoo.com', 'aol.com'] },
  { name: 'iCloud', hosts: ['me.com', 'icloud.com'], hasQresync: false, authservIds: ['icloud.com'] },
  { name: 'Fastmail', hosts: ['fastmail.com', 'messagingengine.com'], authservIds: ['messagingengine.com'] },
  { name: 'Zoho', hosts: ['zoho.com', 'zoho.eu'], authservIds: ['mx.zohomail.com', 'mx.zoho.eu'] },
  { name: 'NetEase', hosts: ['163.com', '126.com', 'yeah.net'], hasIdle: false },
  { name: 'Rambler', hosts: ['rambler.ru'], maxIdleMs: 55_000 },
]

/** The profile of the provider to which `host` belongs; that of any server for all others. */
export function profileOf(host: string): ProviderProfile {
  const name = `.${host.toLowerCase().replace(/\.$/, '')}`
  const found = profiles.find(({ hosts }) => hosts.some((ending) => name.endsWith(`.${ending}`)))
  if (!found) return ordinary
  const { hosts: _, ...profile } = found
  return { ...ordinary, ...profile }
}
