import { type ReadConfig, readConfig } from '#config/config.ts'
import { createMailAccountProbes } from '#modules/mail/index.ts'
import { createPhotosProbe } from '#modules/photos/index.ts'
import { createDatabase } from '#platform/database/database.ts'
import { createEvents } from '#platform/events/events.ts'
import { createLog } from '#platform/observability/log.ts'
import { noUpstreams } from '#platform/observability/upstreams.ts'
import { createKeyRing } from '#platform/secrets/key-ring.ts'
import { createObjects } from '../app/objects.ts'
import { allSealedColumns } from '../app.ts'
import { type Command, isUuid, parseOptions, settingsOf, type Terminal, UsageError } from './command.ts'
import { type Check, type Result, runCheck } from './doctor/check.ts'
import { createDatabaseChecks } from './doctor/database-checks.ts'
import { createIssuerChecks } from './doctor/issuer-checks.ts'
import { mailAccountChecks } from './doctor/mail-account-checks.ts'
import { meetingsChecks, photosChecks } from './doctor/module-checks.ts'
import { nextcloudChecks } from './doctor/nextcloud-checks.ts'
import { credentialKeysCheck, rotationCheck } from './doctor/secret-checks.ts'
import { cacheCheck, diskChecks, objectsCheck } from './doctor/system-checks.ts'
import { oneLine } from './table.ts'

export const doctor: Command = {
  summary: 'try everything that is configured and say what to do about what fails',
  help: `ultid doctor [--mail-account ID] [--json]

Connects to the database, the cache, the object store and the issuer as ultid does, and prints a line for each check.
Ends with 1 when one fails; a warning is no failure.

  --mail-account   sign in to the IMAP and SMTP servers of this account as well
  --json           { "ok", "checks": [{ "name", "status", "detail", "advice", "duration_ms" }] }

Examples:
  ultid doctor
  ultid doctor --json
  ultid doctor --mail-account 0198f3c2-7a51-7c3e-8f9b-3f1f7b3c2a10`,

  async run(args, terminal) {
    const { values: options } = parseOptions({
      args,
      options: { json: { type: 'boolean' }, 'mail-account': { type: 'string' } },
    })
    const mailAccountId = options['mail-account']
    if (mailAccountId !== undefined && !isUuid(mailAccountId)) {
      throw new UsageError(`--mail-account takes the id of a mail account, which "${mailAccountId}" is not.`)
    }
    // An overdue secret is a finding here, not a reason to find nothing.
    const read = readConfig({ ...settingsOf(terminal).values, SECRET_ROTATION_ENFORCE: 'warn' })
    const { checks, close } = await createChecks(read, mailAccountId)
    try {
      const results = await report(checks, options.json === true, terminal)
      return results.some(({ status }) => status === 'failed') ? 1 : 0
    } finally {
      await close()
    }
  },
}

/** In the order in which they are told. What a later module needs from outside joins this list. */
async function createChecks({ config, secrets, warnings }: ReadConfig, mailAccountId: string | undefined) {
  const log = createLog({ level: 'silent', format: 'json' })
  const { databaseUrl: url } = secrets
  const postgres = createDatabaseChecks({ url, ...config.database })
  const { database, transact, close } = createDatabase({ url, poolSize: 2, onError: () => undefined })
  const objects = await createObjects({ config, secrets, log }, noUpstreams)
  const keyRing = createKeyRing(secrets.credentialKeys, secrets.activeCredentialKeyId)
  const probes = createMailAccountProbes({
    ...{ database, transact, keyRing, log, events: createEvents(database, () => undefined) },
    config: { ...config.mail, ...config.network },
    oauthSecrets: secrets.mailOAuth,
  })
  const checks: Check[] = [
    ...postgres.checks,
    cacheCheck(secrets),
    objectsCheck(config.objects, objects),
    ...diskChecks(config.objects),
    ...createIssuerChecks(config.oidc),
    credentialKeysCheck(database, allSealedColumns, secrets),
    rotationCheck(warnings),
    ...nextcloudChecks(config.nextcloud, secrets.nextcloudAdminPassword),
    ...photosChecks(config.photos, createPhotosProbe({ ...config.photos, adminKey: secrets.immichAdminKey })),
    ...meetingsChecks(config.meet),
    ...(mailAccountId === undefined ? [] : mailAccountChecks(probes, mailAccountId)),
  ]
  const closeAll = async () => {
    await postgres.close()
    await close()
  }
  return { checks, close: closeAll }
}

/** All at once, told in order. */
async function report(checks: readonly Check[], isJson: boolean, terminal: Terminal): Promise<Result[]> {
  const width = Math.max(...checks.map(({ name }) => name.length))
  const results: Result[] = []
  for (const running of checks.map(runCheck)) {
    const result = await running
    results.push(result)
    if (!isJson) for (const line of linesOf(result, width)) terminal.print(line)
  }
  if (isJson) terminal.print(JSON.stringify(jsonOf(results), null, 2))
  else terminal.print(summaryOf(results))
  return results
}

const marks: Readonly<Record<Result['status'], string>> = { ok: '✓', warning: '!', failed: '✗', skipped: '-' }

function linesOf({ name, status, detail, advice, durationMs }: Result, width: number): string[] {
  const line = `${marks[status]} ${name.padEnd(width)}  ${oneLine(detail, 400)} (${durationMs} ms)`
  return advice === undefined ? [line] : [line, `  ${' '.repeat(width)}  → ${advice}`]
}

function summaryOf(results: readonly Result[]): string {
  const count = (status: Result['status']) => results.filter((result) => result.status === status).length
  const [failures, warnings] = [count('failed'), count('warning')]
  if (failures === 0) return warnings === 0 ? 'everything works' : `everything works, with ${warnings} warning(s)`
  return `${failures} of ${results.length} checks failed`
}

const jsonOf = (results: readonly Result[]) => ({
  ok: results.every(({ status }) => status !== 'failed'),
  checks: results.map(({ name, status, detail, advice, durationMs }) => ({
    ...{ name, status, detail },
    advice: advice ?? null,
    duration_ms: durationMs,
  })),
})
