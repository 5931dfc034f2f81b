import { demoAdmin, seedDemoFiles } from '../../sandbox/nextcloud/demo.ts'
import { type NextcloudStandIn, startNextcloud as startStandIn } from '../../sandbox/nextcloud/nextcloud.ts'
import type { Person } from '../../sandbox/nextcloud/people.ts'
import { freePort } from './free-port.ts'
import { createTempDir } from './temp-dir.ts'

export type TestNextcloud = NextcloudStandIn & {
  /** What an ultid that uses it has to be told, for `startTestApp`. */
  settings: Record<string, string>
  close(): Promise<void>
}

/**
 * A Nextcloud of its own on a free port. People are made by ultid at their first use; those of `people` are there before.
 * One ultid can use it: further ones take its `settings` with another `NEXTCLOUD_ISSUER_PORT`.
 */
export async function startNextcloud({
  people = [],
  hasDemoFiles = false,
}: {
  people?: readonly (Partial<Person> & { uid: string })[]
  hasDemoFiles?: boolean
} = {}): Promise<TestNextcloud> {
  const [files, settings] = [await createTempDir('nextcloud'), await nextcloudSettings()]
  const issuer = { url: settings.NEXTCLOUD_ISSUER_URL ?? '', clientId: 'ultid' }
  const standIn = await startStandIn({ port: 0, stateDir: files.path, admin: demoAdmin, issuer, people })
  if (hasDemoFiles) await seedDemoFiles(standIn)
  return {
    ...standIn,
    settings: { ...settings, NEXTCLOUD_URL: standIn.url },
    async close() {
      await standIn.close()
      await files.remove()
    },
  }
}

/** What ultid needs to know where no Nextcloud runs, which is all that a test of routes needs. */
export async function nextcloudSettings(): Promise<Record<string, string>> {
  const port = await freePort()
  return {
    NEXTCLOUD_ENABLED: 'true',
    NEXTCLOUD_URL: 'http://127.0.0.1:9',
    NEXTCLOUD_ADMIN_USER: demoAdmin.uid,
    NEXTCLOUD_ADMIN_PASSWORD: demoAdmin.password,
    NEXTCLOUD_ISSUER_HOST: '127.0.0.1',
    NEXTCLOUD_ISSUER_PORT: String(port),
    NEXTCLOUD_ISSUER_URL: `http://127.0.0.1:${port}`,
  }
}
