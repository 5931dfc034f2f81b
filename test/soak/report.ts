import { countEach, type Evidence, type Finding } from './audit/finding.ts'
import { inCalm } from './audit/traffic.ts'
import { quantile } from './traffic.ts'

const mostShown = 12

/** What was done, what was done to it, and what became of each promise. */
export function printReport({ traffic, windows, world }: Evidence, findings: readonly Finding[]): void {
  const say = (line = '') => console.log(line)
  say('\nRequests                 calm   p50 ms   p99 ms    all   failed')
  const calm = inCalm(windows, traffic.attempts)
  for (const [what, all] of [...Map.groupBy(traffic.attempts, (one) => one.what)].toSorted()) {
    const took = calm.filter((one) => one.what === what).map((one) => one.endedAt - one.startedAt)
    const failed = all.filter(({ status }) => status === 0 || status >= 500).length
    const cells = [took.length, quantile(took, 0.5), quantile(took, 0.99), all.length, failed]
    say(what.padEnd(20) + cells.map((cell) => String(cell).padStart(9)).join(''))
  }
  say('\nFailures told while something was wrong')
  const failures = traffic.attempts.filter(({ status }) => status === 0 || status >= 500)
  for (const [line, count] of countEach(failures.map(({ status, code }) => `${status} ${code}`)))
    say(`  ${count} × ${line}`)
  say('\nFaults')
  for (const [name, count] of countEach(windows.map((window) => window.name))) say(`  ${count} × ${name}`)
  say('\nLogged by the nodes')
  for (const [line, count] of countEach(world.nodes.flatMap((node) => node.logs().map(kindOf))).entries()) {
    say(`  ${count} × ${line}`)
  }
  say('\nPromises')
  for (const { promise, seen, violations } of findings) {
    say(`  ${violations.length === 0 ? 'kept  ' : 'BROKEN'} ${promise} (${seen})`)
    for (const violation of violations.slice(0, mostShown)) say(`           ${violation}`)
    if (violations.length > mostShown) say(`           and ${violations.length - mostShown} more`)
  }
}

/** A line of a log without what differs from one to the next. */
function kindOf(line: string): string {
  try {
    const { level, msg, err } = JSON.parse(line)
    return `${level} ${msg}${err?.message ? `: ${err.message}` : ''}`
      .replaceAll(/[0-9a-f-]{36}|\d+/g, '…')
      .slice(0, 160)
  } catch {
    return line.slice(0, 120)
  }
}
