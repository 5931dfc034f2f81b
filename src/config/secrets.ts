import { readMailOAuthSecrets } from './mail-oauth.ts'
import { type MeetConfig, type MeetSecrets, readMeetSecrets } from './meet.ts'
import { type PhotosConfig, readImmichAdminKey } from './photos.ts'
import type { Reader } from './reader.ts'

/** Kept apart from Config, so that Config can be logged. Credential keys are 32 bytes. */
export type Secrets = Readonly<{
  databaseUrl: string
  cacheUrl: string | undefined
  oidcClientSecret: string | undefined
  s3: { accessKey: string; secretKey: string } | undefined
  credentialKeys: ReadonlyMap<string, Buffer>
  activeCredentialKeyId: string
  webhookSharedSecret: string | undefined
  /** Client secrets by provider. */
  mailOAuth: ReadonlyMap<string, string>
  /** With it people are made known to Nextcloud; undefined where ultid makes nobody known. */
  nextcloudAdminPassword: string | undefined
  meet: MeetSecrets | undefined
  /** By which people and groups are administered. */
  authentikToken: string | undefined
  /** Undefined where people bring keys of their own. */
  immichAdminKey: string | undefined
}>

export function readSecrets(
  reader: Reader,
  options: {
    isS3: boolean
    oauthProviders: readonly string[]
    isNextcloudAdmin: boolean
    meet: MeetConfig
    isAuthentik: boolean
    photos: PhotosConfig
  },
): Secrets {
  const credentialKeys = readCredentialKeys(reader)
  const activeCredentialKeyId = reader.text('MAIL_ACTIVE_CREDENTIAL_KEY_ID', 'the id of a key in MAIL_CREDENTIAL_KEYS')
  if (activeCredentialKeyId && credentialKeys.size > 0 && !credentialKeys.has(activeCredentialKeyId)) {
    reader.fault('MAIL_ACTIVE_CREDENTIAL_KEY_ID names no key of MAIL_CREDENTIAL_KEYS; expected one of its ids.')
  }
  return {
    databaseUrl: reader.url('ULTID_DB_URL', ['postgres:', 'postgresql:']),
    cacheUrl: reader.has('ULTID_CACHE_URL') ? reader.url('ULTID_CACHE_URL', ['redis:', 'rediss:']) : undefined,
    oidcClientSecret: reader.optional('ULTID_OIDC_CLIENT_SECRET'),
    s3: options.isS3
      ? {
          accessKey: reader.text('ULTID_S3_ACCESS_KEY', 'the access key of the object store'),
          secretKey: reader.text('ULTID_S3_SECRET_KEY', 'the secret key of the object store'),
        }
      : undefined,
    credentialKeys,
    activeCredentialKeyId,
    webhookSharedSecret: reader.optional('MAIL_WEBHOOK_SHARED_SECRET'),
    mailOAuth: readMailOAuthSecrets(reader, options.oauthProviders),
    nextcloudAdminPassword: options.isNextcloudAdmin
      ? reader.text('NEXTCLOUD_ADMIN_PASSWORD', "the password of Nextcloud's administrator")
      : undefined,
    meet: readMeetSecrets(reader, options.meet),
    authentikToken: options.isAuthentik
      ? reader.text('AUTHENTIK_API_TOKEN', 'a token of Authentik that may change users and groups')
      : undefined,
    immichAdminKey: readImmichAdminKey(reader, options.photos),
  }
}

function readCredentialKeys(reader: Reader): ReadonlyMap<string, Buffer> {
  const keys = new Map<string, Buffer>()
  const expected = 'key_id:base64key pairs, comma-separated, each key 32 bytes (make one with: openssl rand -base64 32)'
  const pairs = reader.list('MAIL_CREDENTIAL_KEYS')
  if (pairs.length === 0) reader.fault(`MAIL_CREDENTIAL_KEYS is missing; expected ${expected}.`)
  for (const pair of pairs) {
    const [, id, encoded] = /^([A-Za-z0-9_-]{1,64}):([A-Za-z0-9+/_-]+={0,2})$/.exec(pair) ?? []
    const key = encoded ? Buffer.from(encoded, 'base64') : undefined
    if (!id || key?.length !== 32) reader.fault(`MAIL_CREDENTIAL_KEYS is not valid; expected ${expected}.`)
    else if (keys.has(id)) reader.fault(`MAIL_CREDENTIAL_KEYS names the key ${id} twice; rename one.`)
    else keys.set(id, key)
  }
  return keys
}
