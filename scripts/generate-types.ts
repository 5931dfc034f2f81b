import { spawnSync } from 'node:child_process'
import { startPostgres } from '../sandbox/postgres.ts'
import { migrate } from '../src/platform/database/migrate.ts'
import { freePort } from '../test/harness/free-port.ts'
import { createTempDir } from '../test/harness/temp-dir.ts'

/** `npm run types`: writes src/platform/database/generated.ts from the schema that the migrations make. */
const directory = await createTempDir('types')
const postgres = await startPostgres({ dataDir: `${directory.path}/data`, port: await freePort(), isDurable: false })
try {
  const url = postgres.url('postgres')
  await migrate(url)
  const { status } = spawnSync(
    'kysely-codegen',
    [
      ...['--dialect', 'postgres', '--url', url, '--out-file', 'src/platform/database/generated.ts'],
      ...['--default-schema', 'public', '--include-pattern', 'public.*', '--no-domains'],
      ...['--type-mapping', '{"int8":"number"}', '--log-level', 'error'],
    ],
    { stdio: 'inherit' },
  )
  process.exitCode = status ?? 1
} finally {
  await postgres.close()
  await directory.remove()
}
