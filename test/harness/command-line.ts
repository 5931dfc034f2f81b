import { execFile } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

export type Outcome = { code: number; output: string; complaint: string }

/** Most of what a command costs is the reading of its source, the same for each. */
const compileCache = join(tmpdir(), 'compile-cache')

const program = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

/** Runs `ultid` to its end in an environment that holds nothing but `environment`, without any `.env` by default. */
export function ultid(
  args: string[],
  environment: Record<string, string> = {},
  { cwd = resolve('.') }: { cwd?: string } = {},
): Promise<Outcome> {
  const env = { PATH: process.env.PATH, ULTID_ENV_FILE: '', NODE_COMPILE_CACHE: compileCache, ...environment }
  return new Promise((settle) => {
    execFile(process.execPath, [program, ...args], { env, cwd, timeout: 60_000 }, (error, output, complaint) =>
      settle({ code: error ? Number(error.code ?? 1) : 0, output, complaint }),
    )
  })
}

/** The key in `settingsFor`. */
export const testKey = Buffer.alloc(32, 'test key ')

/** What every command that reads the configuration needs. */
export const settingsFor = (
  databaseUrl: string,
  { issuer = 'http://127.0.0.1:1', objects = '/nonexistent' }: { issuer?: string; objects?: string } = {},
): Record<string, string> => ({
  ULTID_DB_URL: databaseUrl,
  ULTID_OIDC_ISSUER: issuer,
  ULTID_OBJECTS_DIR: objects,
  MAIL_CREDENTIAL_KEYS: `test:${testKey.toString('base64')}`,
  MAIL_ACTIVE_CREDENTIAL_KEY_ID: 'test',
})
