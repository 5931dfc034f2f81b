import type { SrvRecord } from 'node:dns'
import type { MailAddress, MailSettings, ServiceEndpoint } from './mail-settings.ts'

export type ResolveSrv = (name: string) => Promise<readonly SrvRecord[]>

/**
 * Settings by SRV records: RFC 8314 §5.1 for implicit TLS, which wins, RFC 6186 §3 for STARTTLS.
 * @returns undefined unless both IMAP and submission are published.
 */
export async function findBySrv(
  resolve: ResolveSrv,
  { email, domain }: MailAddress,
): Promise<MailSettings | undefined> {
  const find = async (service: string) => best(await resolve(`_${service}._tcp.${domain}`).catch(() => []))
  const [imaps, imap, submissions, submission] = await Promise.all(
    ['imaps', 'imap', 'submissions', 'submission'].map(find),
  )
  const incoming = endpointOf(imaps, 'tls', email) ?? endpointOf(imap, 'starttls', email)
  const outgoing = endpointOf(submissions, 'tls', email) ?? endpointOf(submission, 'starttls', email)
  if (!incoming || !outgoing) return undefined
  return { imap: incoming, smtp: outgoing, authentication: 'password', helpUrl: null, provider: null }
}

/** RFC 2782: lowest priority first, then the heavier; a target of "." says that there is no such service. */
function best(records: readonly SrvRecord[]): SrvRecord | undefined {
  const [first] = records.toSorted((one, other) => one.priority - other.priority || other.weight - one.weight)
  return first && !['', '.'].includes(first.name) ? first : undefined
}

function endpointOf(
  record: SrvRecord | undefined,
  security: 'tls' | 'starttls',
  username: string,
): ServiceEndpoint | undefined {
  return record && { host: record.name.replace(/\.$/, '').toLowerCase(), port: record.port, security, username }
}
