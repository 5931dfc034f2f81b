/**
 * What an operator does about a database that does not serve, in a sentence; undefined when `error` is no such failure.
 * `url` is ULTID_DB_URL, of which no more than host, port, database and user is told.
 */
export function describeDatabaseFault(error: unknown, url: string | undefined): string | undefined {
  const code = codeOf(error)
  const place = placeOf(url)
  if (code === undefined || place === undefined) return undefined
  const { server, database, user } = place
  if (unreachable.has(code)) {
    return `PostgreSQL does not answer at ${server} (${code}); start it, or correct ULTID_DB_URL.`
  }
  const sentences: Readonly<Record<string, string>> = {
    '28P01': `PostgreSQL at ${server} refuses the password of "${user}"; correct ULTID_DB_URL.`,
    '28000': `PostgreSQL at ${server} does not let "${user}" in; correct ULTID_DB_URL or its pg_hba.conf.`,
    '3D000': `There is no database "${database}" at ${server}; create it, or correct ULTID_DB_URL.`,
    '42501': `"${user}" lacks a right in the database "${database}"; "ultid doctor" says which.`,
    '42P01': `The database "${database}" lacks a table; run "ultid migrate".`,
    '42703': `The database "${database}" lacks a column; run "ultid migrate".`,
    '53300': `PostgreSQL at ${server} has no connection left; raise its max_connections or lower ULTID_DB_POOL_SIZE.`,
    '57P03': `PostgreSQL at ${server} is starting or stopping; try again in a moment.`,
  }
  return sentences[code]
}

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  const { code } = error as NodeJS.ErrnoException
  if (typeof code === 'string' && (unreachable.has(code) || /^[0-9A-Z]{5}$/.test(code))) return code
  // The driver gives its own deadline no code.
  if (/timeout expired|connection timeout/i.test(error.message)) return 'ETIMEDOUT'
  if (error instanceof AggregateError) return error.errors.map(codeOf).find(Boolean)
  return codeOf(error.cause)
}

const unreachable = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ECONNRESET',
  'ENOENT',
])

function placeOf(url: string | undefined) {
  const parsed = url === undefined ? null : URL.parse(url)
  if (!parsed) return undefined
  const { host, pathname, username } = parsed
  return { server: host, database: decodeURIComponent(pathname.slice(1)), user: decodeURIComponent(username) }
}
