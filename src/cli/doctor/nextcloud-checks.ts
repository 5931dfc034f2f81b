import type { NextcloudConfig } from '#config/config.ts'
import { type Check, failed, ok, skipped, warning } from './check.ts'

type Status = { installed?: unknown; maintenance?: unknown; versionstring?: unknown }

const oldest = 29

/** Nextcloud, when it is switched on: that it answers, and that it takes the administrator by whom people are made known. */
export function nextcloudChecks(config: NextcloudConfig, adminPassword: string | undefined): Check[] {
  if (!config.isEnabled) return []
  const { url, auth, adminUser } = config
  const authorization = `Basic ${Buffer.from(`${adminUser}:${adminPassword ?? ''}`).toString('base64')}`
  const ask = (path: string, headers: Record<string, string> = {}) =>
    fetch(url + path, { headers, signal: AbortSignal.timeout(10_000), redirect: 'manual' })
  return [
    {
      name: 'nextcloud',
      advice: 'Check NEXTCLOUD_URL, that Nextcloud runs there, and that this machine reaches it.',
      run: async () => {
        const answer = await ask('/status.php')
        const status = (await answer.json().catch(() => ({}))) as Status
        if (status.installed !== true) {
          return failed(`${url}/status.php answers ${answer.status}, and not as Nextcloud does`, 'Check NEXTCLOUD_URL.')
        }
        const version = String(status.versionstring ?? '')
        if (status.maintenance === true) return warning('is being maintained', 'Run "occ maintenance:mode --off".')
        const isOld = Number.parseInt(version, 10) < oldest
        return isOld
          ? warning(`version ${version}`, `Upgrade it to ${oldest} or later.`)
          : ok(`version ${version} at ${url}`)
      },
    },
    {
      name: 'nextcloud users',
      advice: 'Check NEXTCLOUD_ADMIN_USER and NEXTCLOUD_ADMIN_PASSWORD.',
      run: async () => {
        if (auth === 'app_password') return skipped('each person grants an app password of their own')
        const answer = await ask('/ocs/v2.php/cloud/users?limit=1&format=json', {
          authorization,
          'ocs-apirequest': 'true',
        })
        await answer.body?.cancel()
        if (answer.status === 200) return ok(`${adminUser} may make people known`)
        return failed(
          `${adminUser} is refused with ${answer.status}`,
          answer.status === 429
            ? 'Let Nextcloud trust this network: occ config:app:set bruteForce whitelist_0 --value CIDR.'
            : 'Check NEXTCLOUD_ADMIN_USER and NEXTCLOUD_ADMIN_PASSWORD; they must be those of an administrator.',
        )
      },
    },
  ]
}
