/** Every variable of a fixed name that holds a secret. The first ones are referred to by others in .env. */
const fixedNames: readonly string[] = [
  'POSTGRES_PASSWORD',
  'RUSTFS_SECRET_KEY',
  'KEYDB_PASSWORD',
  'ULTID_DB_URL',
  'ULTID_CACHE_URL',
  'ULTID_OIDC_CLIENT_SECRET',
  'ULTID_S3_SECRET_KEY',
  'MAIL_CREDENTIAL_KEYS',
  'MAIL_WEBHOOK_SHARED_SECRET',
  'NEXTCLOUD_ADMIN_PASSWORD',
  'JWT_APP_SECRET',
  'JWT_PRIVATE_KEY',
  'IMMICH_ADMIN_API_KEY',
  // Of the systems that are deployed with ultid.
  'AUTHENTIK_SECRET_KEY',
  'AUTHENTIK_BOOTSTRAP_PASSWORD',
  'AUTHENTIK_API_TOKEN',
  'AUTHENTIK_DB_PASSWORD',
  'NEXTCLOUD_DB_PASSWORD',
  'NEXTCLOUD_OIDC_CLIENT_SECRET',
  'IMMICH_DB_PASSWORD',
  'IMMICH_OIDC_CLIENT_SECRET',
  'JICOFO_AUTH_PASSWORD',
  'JVB_AUTH_PASSWORD',
]

/** Those of the providers that MAIL_OAUTH_PROVIDERS names. */
const ofMailOAuth = /^MAIL_OAUTH_[A-Z0-9]+_CLIENT_SECRET$/

/** Whether a variable holds a secret: masked wherever it is shown, and readable from a file by `<NAME>_FILE`. */
export const isSecretName = (name: string): boolean => fixedNames.includes(name) || ofMailOAuth.test(name)

/** The names of all secrets that `variables` may give, by themselves or by a file. */
export function secretNamesAmong(variables: Readonly<Record<string, unknown>>): string[] {
  const given = Object.keys(variables).map((name) => name.replace(/_FILE$/, ''))
  return [...new Set([...fixedNames, ...given.filter((name) => ofMailOAuth.test(name))])]
}
