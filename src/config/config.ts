import { ConfigError, createReader, type Environment, type Reader } from './reader.ts'

export const roles = ['api', 'sync', 'jobs'] as const
export type Role = (typeof roles)[number]

export type Config = Readonly<{
  environment: 'development' | 'production'
  roles: readonly Role[]
  /** Milliseconds that SIGTERM gives running requests and jobs. */
  stopTimeoutMs: number
  http: { host: string; port: number; publicUrl: string }
  database: { poolSize: number; isMigratedAtStart: boolean }
  objects: { directory: string }
  oidc: { issuer: string; acceptedIssuers: readonly string[]; clientId: string }
  log: { level: string; format: 'json' | 'pretty' }
  network: { allowPrivateHosts: readonly string[] }
  mail: { isPlaintextAllowed: boolean; attachmentMaxBytes: number; leaseSeconds: number }
}>

/** Kept apart from Config, so that Config can be logged. Keys are 32 bytes. */
export type Secrets = Readonly<{
  databaseUrl: string
  cacheUrl: string | undefined
  credentialKeys: ReadonlyMap<string, Buffer>
  activeCredentialKeyId: string
}>

/**
 * Turns the environment into a frozen configuration.
 * @throws ConfigError naming every fault at once.
 */
export function readConfig(environment: Environment): { config: Config; secrets: Secrets } {
  const reader = createReader(environment)
  const config = readPlainConfig(reader)
  const secrets = readSecrets(reader)
  if (reader.faults.length > 0) throw new ConfigError(reader.faults)
  return { config: freeze(config), secrets: Object.freeze(secrets) }
}

function readPlainConfig(reader: Reader): Config {
  const environment = reader.choice('ULTID_ENV', ['development', 'production'] as const, 'development')
  const port = reader.integer('ULTID_PORT', { min: 0, max: 65_535 }, 8080)
  const issuer = reader.url('ULTID_OIDC_ISSUER', ['http:', 'https:'])
  return {
    environment,
    roles: readRoles(reader),
    stopTimeoutMs: 1000 * reader.integer('ULTID_STOP_SECONDS', { min: 0, max: 600 }, 20),
    http: {
      host: reader.text('ULTID_HOST', 'an address to listen on', '127.0.0.1'),
      port,
      publicUrl: reader.url('ULTID_PUBLIC_URL', ['http:', 'https:'], `http://localhost:${port}`).replace(/\/$/, ''),
    },
    database: {
      poolSize: reader.integer('ULTID_DB_POOL_SIZE', { min: 2, max: 500 }, 12),
      isMigratedAtStart: reader.flag('ULTID_AUTO_MIGRATE', true),
    },
    objects: { directory: reader.text('ULTID_OBJECTS_DIR', 'a directory that ultid may write to') },
    oidc: {
      issuer,
      acceptedIssuers: reader.list('ULTID_OIDC_ACCEPTED_ISSUERS'),
      clientId: reader.text('ULTID_OIDC_CLIENT_ID', "the client id that tokens bear as 'aud'", 'ulti-backend'),
    },
    log: {
      level: reader.choice('ULTID_LOG_LEVEL', ['trace', 'debug', 'info', 'warn', 'error'] as const, 'info'),
      format: reader.choice(
        'ULTID_LOG_FORMAT',
        ['json', 'pretty'] as const,
        environment === 'production' ? 'json' : 'pretty',
      ),
    },
    network: { allowPrivateHosts: reader.list('ULTID_ALLOW_PRIVATE_HOSTS') },
    mail: {
      isPlaintextAllowed: reader.flag('MAIL_ALLOW_PLAINTEXT', false),
      attachmentMaxBytes: reader.integer('MAIL_ATTACHMENT_MAX_BYTES', { min: 1024, max: 1_073_741_824 }, 26_214_400),
      leaseSeconds: reader.integer('ULTID_LEASE_SECONDS', { min: 1, max: 3600 }, 30),
    },
  }
}

function readRoles(reader: Reader): readonly Role[] {
  const named = reader.list('ULTID_ROLES')
  const unknown = named.filter((name) => !roles.some((role) => role === name))
  if (unknown.length > 0) reader.fault(`ULTID_ROLES names ${unknown.join(', ')}; expected some of ${roles.join(', ')}.`)
  return named.length === 0 ? roles : roles.filter((role) => named.includes(role))
}

function readSecrets(reader: Reader): Secrets {
  const credentialKeys = new Map<string, Buffer>()
  const expected = 'key_id:base64key pairs, comma-separated, each key 32 bytes (make one with: openssl rand -base64 32)'
  reader.text('MAIL_CREDENTIAL_KEYS', expected)
  for (const pair of reader.list('MAIL_CREDENTIAL_KEYS')) {
    const [, id, encoded] = /^([A-Za-z0-9_-]{1,64}):([A-Za-z0-9+/_-]+={0,2})$/.exec(pair) ?? []
    const key = encoded ? Buffer.from(encoded, 'base64') : undefined
    if (!id || key?.length !== 32) reader.fault(`MAIL_CREDENTIAL_KEYS is not valid; expected ${expected}.`)
    else if (credentialKeys.has(id)) reader.fault(`MAIL_CREDENTIAL_KEYS names the key ${id} twice.`)
    else credentialKeys.set(id, key)
  }
  const activeCredentialKeyId = reader.text('MAIL_ACTIVE_CREDENTIAL_KEY_ID', 'the id of a key in MAIL_CREDENTIAL_KEYS')
  if (activeCredentialKeyId && credentialKeys.size > 0 && !credentialKeys.has(activeCredentialKeyId)) {
    reader.fault('MAIL_ACTIVE_CREDENTIAL_KEY_ID names no key of MAIL_CREDENTIAL_KEYS; expected one of its ids.')
  }
  return {
    databaseUrl: reader.url('ULTID_DB_URL', ['postgres:', 'postgresql:']),
    cacheUrl: reader.has('ULTID_CACHE_URL') ? reader.url('ULTID_CACHE_URL', ['redis:', 'rediss:']) : undefined,
    credentialKeys,
    activeCredentialKeyId,
  }
}

function freeze<T extends object>(value: T): T {
  for (const child of Object.values(value)) if (child && typeof child === 'object') freeze(child)
  return Object.freeze(value)
}
