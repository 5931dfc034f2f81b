import { resolve } from 'node:path'
import { ultidCommand, ultidEnvironment } from '../../sandbox/ultid-command.ts'
import { freePort } from './free-port.ts'
import { type OwnedProcess, spawnOwned, untilReady } from './owned-process.ts'

export type Ultid = OwnedProcess & { url: string; port: number }

export type UltidOptions = {
  /** All by default. */
  roles?: ('api' | 'sync' | 'jobs')[]
  /** Free by default; that of a killed node lets a test bring the node back under its address. */
  port?: number
  /** How long it may take until `/readyz` answers 200. */
  readyWithinMs?: number
}

const ROOT = resolve(import.meta.dirname, '../..')

/** Nodes of one test must share the key. */
const DEFAULTS = {
  ...ultidEnvironment,
  ULTID_ENV: 'development',
  ULTID_HOST: '127.0.0.1',
  ULTID_LOG_FORMAT: 'json',
  ULTID_ALLOW_PRIVATE_HOSTS: '127.0.0.0/8,::1,localhost',
  MAIL_ALLOW_PLAINTEXT: 'true',
  ULTID_RATE_LIMIT_SIGN_IN: '100000',
  MAIL_CREDENTIAL_KEYS: `test:${Buffer.alloc(32, 'test key ').toString('base64')}`,
  MAIL_ACTIVE_CREDENTIAL_KEY_ID: 'test',
}

/**
 * Starts `ultid serve` as a process of its own and resolves when it is ready. `environment` must bring ULTID_DB_URL,
 * ULTID_OIDC_ISSUER and ULTID_OBJECTS_DIR; the ULTID_ and MAIL_ variables of the developer's shell do not count.
 *
 * @throws with its log when it ends or is not ready in time; nothing is left running then.
 */
export async function startUltid(environment: Record<string, string>, options: UltidOptions = {}): Promise<Ultid> {
  const port = options.port ?? (await freePort())
  const url = `http://127.0.0.1:${port}`
  const roles = options.roles ? { ULTID_ROLES: options.roles.join(',') } : {}
  const env = { ...neutralEnvironment(), ...DEFAULTS, ULTID_PORT: String(port), ...roles, ...environment }
  const ultid = await spawnOwned(process.execPath, [...ultidCommand], { cwd: ROOT, env })
  await untilReady(ultid, () => assertReady(url), { timeoutMs: options.readyWithinMs ?? 30_000, everyMs: 50 })
  return { ...ultid, url, port }
}

function neutralEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(ULTID|MAIL)_/.test(name)))
}

async function assertReady(url: string): Promise<void> {
  const answer = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(5_000) })
  if (answer.status !== 200) throw new Error(`/readyz answered ${answer.status}: ${await answer.text()}`)
}
