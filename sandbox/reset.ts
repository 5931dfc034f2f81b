import { existsSync } from 'node:fs'
import { readlink, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { stopOrphanedPostgres } from './postgres.ts'
import { SandboxError } from './sandbox-error.ts'
import { assertOurs, findRunning, stateDirOf, stopOrphans } from './state.ts'

/** Removes everything that the sandbox keeps; the next start begins anew. */
async function main() {
  const dir = stateDirOf(process.env)
  if (!existsSync(dir)) return say(`Nothing to clear: ${dir} does not exist.`)
  await assertOurs(dir)
  const running = await findRunning(dir)
  if (running)
    throw new SandboxError(`A sandbox (process ${running.pid}, ${running.url}) runs on ${dir}: stop it first.`)
  await stopOrphans(dir)
  const dataDir = join(dir, 'postgres')
  await stopOrphanedPostgres(dataDir)
  // As root the data may lie elsewhere, see postgres-place.ts.
  const placed = await readlink(dataDir).catch(() => undefined)
  if (placed) await rm(placed, { recursive: true, force: true })
  await rm(dir, { recursive: true, force: true })
  say(`Cleared ${dir}.`)
}

const say = (line: string) => void process.stdout.write(`${line}\n`)

await main().catch((error: unknown) => {
  if (!(error instanceof SandboxError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
})
