import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { runCommandLine } from '../../src/cli/command-line.ts'

export type Outcome = { code: number; output: string; complaint: string }

const program = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

const withoutEnvFile = { ULTID_ENV_FILE: '' }

/** Runs `ultid` in this process as its main does, in an environment that holds nothing but `environment`. */
export async function ultid(args: string[], environment: Record<string, string> = {}): Promise<Outcome> {
  const outcome = { output: '', complaint: '' }
  const code = await runCommandLine(args, {
    environment: { ...withoutEnvFile, ...environment },
    isInteractive: false,
    print(line) {
      outcome.output += `${line}\n`
    },
    complain(line) {
      outcome.complaint += `${line}\n`
    },
    onStopSignal: () => undefined,
    exit: () => assert.fail('It wants to end the process.'),
  })
  return { code, ...outcome }
}

/** Runs it as a process of its own to its end. Without any `.env` by default, too. */
export function ultidProcess(args: string[], environment: Record<string, string> = {}): Promise<Outcome> {
  const { PATH, NODE_COMPILE_CACHE } = process.env
  const env = { PATH, NODE_COMPILE_CACHE, ...withoutEnvFile, ...environment }
  return new Promise((settle) => {
    execFile(process.execPath, [program, ...args], { env, timeout: 60_000 }, (error, output, complaint) =>
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
