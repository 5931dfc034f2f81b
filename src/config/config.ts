import { type AuthentikConfig, readAuthentik } from './authentik.ts'
import { type CalendarConfig, readCalendar } from './calendar.ts'
import { demoValueFaults } from './demo-values.ts'
import { type MailOAuthProvider, readMailOAuth } from './mail-oauth.ts'
import { type MeetConfig, readMeet } from './meet.ts'
import { type NextcloudConfig, readNextcloud } from './nextcloud.ts'
import { type PhotosConfig, readPhotos } from './photos.ts'
import { ConfigError, createReader, type Environment, type Reader, type Reading } from './reader.ts'
import { type Rotation, readRotation, rotationFaults } from './rotation.ts'
import { readSecrets, type Secrets } from './secrets.ts'

export type { AuthentikConfig } from './authentik.ts'
export type { MailOAuthProvider } from './mail-oauth.ts'
export type { MeetConfig } from './meet.ts'
export type { NextcloudConfig } from './nextcloud.ts'
export type { PhotosConfig } from './photos.ts'
export type { Secrets } from './secrets.ts'

export const roles = ['api', 'sync', 'jobs'] as const
export type Role = (typeof roles)[number]

export type Config = Readonly<{
  environment: 'development' | 'production'
  roles: readonly Role[]
  /** Milliseconds that SIGTERM gives running requests and jobs. */
  stopTimeoutMs: number
  http: {
    host: string
    port: number
    publicUrl: string
    /** Proxies whose X-Forwarded-* headers are believed: addresses or CIDRs. */
    trustedProxies: readonly string[]
    corsOrigins: readonly string[]
    /** Requests a minute. */
    rateLimits: { person: number; address: number; signIn: number }
  }
  database: { poolSize: number; isMigratedAtStart: boolean }
  objects:
    | { kind: 'directory'; directory: string }
    | { kind: 's3'; endpoint: string; region: string; bucket: string; publicEndpoint: string | undefined }
  oidc: { issuer: string; acceptedIssuers: readonly string[]; clientId: string }
  sessions: { lifetimeMs: number; idleMs: number }
  /** Permissions by group of the `groups` claim; `*` is everybody signed in. */
  permissions: Readonly<Record<string, readonly string[]>>
  rotation: Rotation
  log: { level: string; format: 'json' | 'pretty' }
  tracing: { endpoint: string | undefined }
  network: { allowPrivateHosts: readonly string[] }
  /** Connections of one person to one node. */
  realtime: { connectionsPerPerson: number }
  mail: {
    isPlaintextAllowed: boolean
    attachmentMaxBytes: number
    importMaxBytes: number
    leaseSeconds: number
    /** Bytes that sync fetches for an account in a day; 0 for no limit but the provider's own. */
    dailyBytes: number
    /** Servers whose Authentication-Results are believed, beside those of known providers. */
    trustedAuthservIds: readonly string[]
    oauthProviders: readonly MailOAuthProvider[]
  }
  nextcloud: NextcloudConfig
  calendar: CalendarConfig
  meet: MeetConfig
  authentik: AuthentikConfig
  photos: PhotosConfig
}>

export type ReadConfig = {
  config: Config
  secrets: Secrets
  /** What is amiss but does not stop the start. */
  warnings: readonly string[]
  readings: readonly Reading[]
}

/**
 * Turns variables into a frozen configuration.
 * @throws ConfigError naming every fault at once.
 */
export function readConfig(values: Environment, now = new Date()): ReadConfig {
  const reader = createReader(values)
  const config = readPlainConfig(reader)
  const secrets = readSecrets(reader, {
    isS3: config.objects.kind === 's3',
    oauthProviders: config.mail.oauthProviders.map(({ name }) => name),
    isNextcloudAdmin: config.nextcloud.isEnabled && config.nextcloud.auth === 'issuer',
    meet: config.meet,
    isAuthentik: config.authentik.url !== undefined,
    photos: config.photos,
  })
  const rotation = rotationFaults(config.rotation, now)
  const isProduction = config.environment === 'production'
  const faults = [
    ...reader.faults,
    ...(isProduction ? demoValueFaults(values) : []),
    ...(config.rotation.isEnforced ? rotation : []),
  ]
  if (faults.length > 0) throw new ConfigError(faults)
  const warnings = isProduction && !config.rotation.isEnforced ? rotation : []
  return { config: freeze(config), secrets: Object.freeze(secrets), warnings, readings: [...reader.readings.values()] }
}

function readPlainConfig(reader: Reader): Config {
  const environment = reader.choice('ULTID_ENV', ['development', 'production'] as const, 'development')
  const isProduction = environment === 'production'
  const http = readHttp(reader)
  return {
    environment,
    roles: readRoles(reader),
    stopTimeoutMs: 1000 * reader.integer('ULTID_STOP_SECONDS', { min: 0, max: 600 }, 20),
    http,
    database: {
      poolSize: reader.integer('ULTID_DB_POOL_SIZE', { min: 2, max: 500 }, 12),
      isMigratedAtStart: reader.flag('ULTID_AUTO_MIGRATE', true),
    },
    objects: readObjects(reader),
    oidc: {
      issuer: reader.url('ULTID_OIDC_ISSUER', ['http:', 'https:']),
      acceptedIssuers: reader.list('ULTID_OIDC_ACCEPTED_ISSUERS'),
      clientId: reader.text('ULTID_OIDC_CLIENT_ID', "the client id that tokens bear as 'aud'", 'ulti-backend'),
    },
    sessions: {
      lifetimeMs: reader.duration('ULTID_SESSION_LIFETIME', '30d'),
      idleMs: reader.duration('ULTID_SESSION_IDLE', '7d'),
    },
    permissions: reader.json(
      'ULTID_PERMISSIONS',
      defaultPermissions,
      'a JSON object of groups, each with a list of permissions',
      isPermissionTable,
    ),
    rotation: readRotation(reader, { isProduction }),
    log: {
      level: reader.choice('ULTID_LOG_LEVEL', ['trace', 'debug', 'info', 'warn', 'error'] as const, 'info'),
      format: reader.choice('ULTID_LOG_FORMAT', ['json', 'pretty'] as const, isProduction ? 'json' : 'pretty'),
    },
    tracing: { endpoint: reader.optional('OTEL_EXPORTER_OTLP_ENDPOINT') },
    network: { allowPrivateHosts: reader.list('ULTID_ALLOW_PRIVATE_HOSTS') },
    realtime: {
      connectionsPerPerson: reader.integer('ULTID_REALTIME_CONNECTIONS_PER_PERSON', { min: 1, max: 100_000 }, 50),
    },
    mail: {
      isPlaintextAllowed: reader.flag('MAIL_ALLOW_PLAINTEXT', false),
      attachmentMaxBytes: reader.integer('MAIL_ATTACHMENT_MAX_BYTES', { min: 1024, max: 1_073_741_824 }, 26_214_400),
      importMaxBytes: reader.integer('MAIL_IMPORT_MAX_BYTES', { min: 1024, max: 2 ** 42 }, 53_687_091_200),
      leaseSeconds: reader.integer('ULTID_LEASE_SECONDS', { min: 1, max: 3600 }, 30),
      dailyBytes: reader.integer('MAIL_SYNC_DAILY_BYTES', { min: 0, max: Number.MAX_SAFE_INTEGER }, 0),
      trustedAuthservIds: reader.list('MAIL_TRUSTED_AUTHSERV_IDS').map((id) => id.toLowerCase()),
      oauthProviders: readMailOAuth(reader),
    },
    nextcloud: readNextcloud(reader, http),
    calendar: readCalendar(reader),
    meet: readMeet(reader, http),
    authentik: readAuthentik(reader),
    photos: readPhotos(reader),
  }
}

function readRoles(reader: Reader): readonly Role[] {
  const named = reader.list('ULTID_ROLES')
  const unknown = named.filter((name) => !roles.some((role) => role === name))
  if (unknown.length > 0) {
    reader.fault(`ULTID_ROLES names ${unknown.join(', ')}; expected some of ${roles.join(', ')}.`)
  }
  return named.length === 0 ? roles : roles.filter((role) => named.includes(role))
}

function readHttp(reader: Reader): Config['http'] {
  const port = reader.integer('ULTID_PORT', { min: 0, max: 65_535 }, 8080)
  const perMinute = { min: 1, max: 1_000_000 }
  return {
    host: reader.text('ULTID_HOST', 'an address to listen on', '127.0.0.1'),
    port,
    publicUrl: withoutSlash(reader.url('ULTID_PUBLIC_URL', ['http:', 'https:'], `http://localhost:${port}`)),
    trustedProxies: reader.list('ULTID_TRUSTED_PROXIES'),
    corsOrigins: reader.list('ULTID_CORS_ORIGINS'),
    rateLimits: {
      person: reader.integer('ULTID_RATE_LIMIT_PERSON', perMinute, 3000),
      address: reader.integer('ULTID_RATE_LIMIT_ADDRESS', perMinute, 6000),
      signIn: reader.integer('ULTID_RATE_LIMIT_SIGN_IN', perMinute, 20),
    },
  }
}

function readObjects(reader: Reader): Config['objects'] {
  if (!reader.has('ULTID_S3_ENDPOINT')) {
    const expected = 'a directory that ultid may write to (or ULTID_S3_ENDPOINT instead)'
    return { kind: 'directory', directory: reader.text('ULTID_OBJECTS_DIR', expected) }
  }
  return {
    kind: 's3',
    endpoint: reader.url('ULTID_S3_ENDPOINT', ['http:', 'https:']),
    region: reader.text('ULTID_S3_REGION', 'a region', 'us-east-1'),
    bucket: reader.text('ULTID_S3_BUCKET', 'a bucket name', 'ulti'),
    publicEndpoint: reader.has('ULTID_S3_PUBLIC_ENDPOINT')
      ? reader.url('ULTID_S3_PUBLIC_ENDPOINT', ['http:', 'https:'])
      : undefined,
  }
}

const modules = ['mail', 'drive', 'calendar', 'contacts', 'meet', 'photos', 'search', 'realtime']

/** All modules to anybody signed in, `admin` to the group `ulti-admins`. */
const defaultPermissions: Config['permissions'] = {
  '*': modules.flatMap((module) => [`${module}:read`, `${module}:write`]),
  'ulti-admins': ['admin'],
}

function isPermissionTable(value: unknown): value is Config['permissions'] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const isPermission = (item: unknown) =>
    typeof item === 'string' && /^([a-z]+:(read|write)|admin(:(users|policies|operations|audit))?)$/.test(item)
  return Object.values(value).every((granted) => Array.isArray(granted) && granted.every(isPermission))
}

/** Undefined while the faults of a broken variable are still being gathered. */
const withoutSlash = (url: string | undefined): string => (url ?? '').replace(/\/+$/, '')

function freeze<T extends object>(value: T): T {
  if (value instanceof Date) return value
  for (const child of Object.values(value)) if (child && typeof child === 'object') freeze(child)
  return Object.freeze(value)
}
