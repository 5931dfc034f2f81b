import { spawnSync } from 'node:child_process'
import { dependencyLicences } from '../src/platform/observability/dependency-licences.ts'
import { isPermissive } from './permissive-licence.ts'

/**
 * Part of `npm run check`: every package that runs has a permissive licence, and none has a known vulnerability of
 * `high` or worse. Where the registry does not answer that, it is said and is no failure.
 */
const foreign = (await dependencyLicences()).filter(({ licence }) => !isPermissive(licence))
for (const { name, version, licence } of foreign) {
  console.error(
    `${name} ${version} is under "${licence}": replace it, or add that licence to scripts/permissive-licence.ts.`,
  )
}
const vulnerable = audit()
for (const line of vulnerable) console.error(`${line}: npm audit tells more.`)
process.exit(foreign.length + vulnerable.length > 0 ? 1 : 0)

type Report = { vulnerabilities?: Record<string, { severity: string; range: string }> }

function audit(): string[] {
  const { stdout } = spawnSync('npm', ['audit', '--omit=dev', '--json'], { encoding: 'utf8', timeout: 60_000 })
  const { vulnerabilities } = parse(stdout)
  if (!vulnerabilities) {
    console.error('The registry did not say what is known of vulnerabilities; ask it again where it does: npm audit')
    return []
  }
  return Object.entries(vulnerabilities)
    .filter(([, { severity }]) => severity === 'high' || severity === 'critical')
    .map(([name, { severity, range }]) => `${name} ${range} has a vulnerability that is ${severity}`)
}

function parse(text: string): Report {
  try {
    return JSON.parse(text)
  } catch {
    return {}
  }
}
