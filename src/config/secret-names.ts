/**
 * Every variable that holds a secret: masked wherever it is shown, and readable from a file by `<NAME>_FILE`.
 * The first ones are referred to by others in .env.
 */
export const secretNames: readonly string[] = [
  'POSTGRES_PASSWORD',
  'RUSTFS_SECRET_KEY',
  'KEYDB_PASSWORD',
  'ULTID_DB_URL',
  'ULTID_CACHE_URL',
  'ULTID_OIDC_CLIENT_SECRET',
  'ULTID_S3_SECRET_KEY',
  'MAIL_CREDENTIAL_KEYS',
  'MAIL_WEBHOOK_SHARED_SECRET',
]
