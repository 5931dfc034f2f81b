import { randomBytes } from 'node:crypto'
import { basicAuthorization, createNextcloudClient } from '../../src/integrations/nextcloud/nextcloud-client.ts'
import { newId } from '../../src/platform/ids.ts'
import { noUpstreams } from '../../src/platform/observability/upstreams.ts'
import { startNextcloud } from './nextcloud.ts'

/** A Nextcloud with a person of the test's own. */
export type NextcloudServer = { url: string; uid: string; password: string; close(): Promise<void> }

/** The stand-in, and a real Nextcloud where NEXTCLOUD_TEST_URL, …_ADMIN_USER and …_ADMIN_PASSWORD name one. */
export const nextcloudServers: Readonly<Record<string, () => Promise<NextcloudServer>>> = {
  'the stand-in': async () => {
    const nextcloud = await startNextcloud({ people: [{ uid: 'tester', password: 'Test-password-1' }] })
    return { url: nextcloud.url, uid: 'tester', password: 'Test-password-1', close: nextcloud.close }
  },
  ...(process.env.NEXTCLOUD_TEST_URL && { 'a real Nextcloud': realNextcloud }),
}

async function realNextcloud(): Promise<NextcloudServer> {
  const { NEXTCLOUD_TEST_URL: url = '', NEXTCLOUD_TEST_ADMIN_USER: admin = 'admin' } = process.env
  const client = nextcloudClientOf(url)
  const authorization = basicAuthorization(admin, process.env.NEXTCLOUD_TEST_ADMIN_PASSWORD ?? '')
  const { ocs } = client.person(admin, async () => authorization)
  const [uid, password] = [`ulti-test-${newId().slice(-8)}`, randomBytes(18).toString('base64url')]
  await ocs.call('POST', '/cloud/users', { body: { userid: uid, password } })
  return {
    ...{ url, uid, password },
    async close() {
      await ocs.call('DELETE', `/cloud/users/${uid}`)
      await client.close()
    },
  }
}

export const nextcloudClientOf = (url: string) =>
  createNextcloudClient({ config: { url, publicUrl: url, maxConnections: 4 }, upstreams: noUpstreams })
