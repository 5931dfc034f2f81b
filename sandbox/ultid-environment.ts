import { join } from 'node:path'
import { authentikToken } from './authentik/authentik.ts'
import { demoAdminKey } from './immich/demo/demo.ts'
import { demoAppSecret } from './jitsi/jitsi.ts'
import { demoAdmin } from './nextcloud/demo.ts'
import type { Ports } from './ports.ts'
import type { State } from './state.ts'

/**
 * ultid's settings. How it listens and logs may be given from outside; what it talks to is the sandbox's matter, and
 * the project's .env, which may name other servers, is left aside.
 */
export function ultidEnvironment({ ports, state, databaseUrl }: { ports: Ports; state: State; databaseUrl: string }) {
  return {
    ULTID_HOST: '127.0.0.1',
    ULTID_CORS_ORIGINS: 'http://localhost:3000',
    ULTID_LOG_LEVEL: 'warn',
    ULTID_LOG_FORMAT: 'pretty',
    ...process.env,
    ULTID_ENV: 'development',
    ULTID_ENV_FILE: '',
    ULTID_PORT: String(ports.ultid),
    ULTID_PUBLIC_URL: `http://localhost:${ports.ultid}`,
    ULTID_DB_URL: databaseUrl,
    ULTID_DB_URL_FILE: '',
    ULTID_AUTO_MIGRATE: 'true',
    ULTID_OBJECTS_DIR: join(state.dir, 'objects'),
    ULTID_S3_ENDPOINT: '',
    ULTID_OIDC_ISSUER: `http://localhost:${ports.issuer}`,
    ULTID_OIDC_CLIENT_ID: 'ulti-backend',
    ULTID_OIDC_CLIENT_SECRET: 'changeme',
    ULTID_OIDC_CLIENT_SECRET_FILE: '',
    ULTID_ALLOW_PRIVATE_HOSTS: '127.0.0.0/8,::1,localhost',
    MAIL_ALLOW_PLAINTEXT: 'true',
    AUTHENTIK_URL: `http://127.0.0.1:${ports.authentik}/auth`,
    AUTHENTIK_API_TOKEN: authentikToken,
    AUTHENTIK_API_TOKEN_FILE: '',
    // The sandbox signs people in by their names.
    AUTHENTIK_SUBJECT: 'user_username',
    NEXTCLOUD_ENABLED: 'true',
    NEXTCLOUD_URL: `http://127.0.0.1:${ports.nextcloud}`,
    NEXTCLOUD_PUBLIC_URL: `http://localhost:${ports.nextcloud}/cloud`,
    NEXTCLOUD_AUTH: process.env.NEXTCLOUD_AUTH ?? 'issuer',
    NEXTCLOUD_ADMIN_USER: demoAdmin.uid,
    NEXTCLOUD_ADMIN_PASSWORD: demoAdmin.password,
    NEXTCLOUD_ADMIN_PASSWORD_FILE: '',
    NEXTCLOUD_ISSUER_HOST: '127.0.0.1',
    NEXTCLOUD_ISSUER_PORT: String(ports.nextcloudIssuer),
    NEXTCLOUD_ISSUER_URL: `http://127.0.0.1:${ports.nextcloudIssuer}`,
    NEXTCLOUD_ISSUER_CLIENT_ID: 'ultid',
    IMMICH_ENABLED: 'true',
    IMMICH_URL: `http://127.0.0.1:${ports.immich}`,
    IMMICH_ADMIN_API_KEY: demoAdminKey,
    IMMICH_ADMIN_API_KEY_FILE: '',
    JITSI_ENABLED: 'true',
    JITSI_PUBLIC_URL: `http://localhost:${ports.jitsi}`,
    JWT_APP_ID: 'ulti',
    JWT_APP_SECRET: demoAppSecret,
    JWT_APP_SECRET_FILE: '',
    JWT_ALGORITHM: 'HS256',
    MAIL_CREDENTIAL_KEYS: state.credentialKeys,
    MAIL_CREDENTIAL_KEYS_FILE: '',
    MAIL_ACTIVE_CREDENTIAL_KEY_ID: state.credentialKeyId,
  }
}
