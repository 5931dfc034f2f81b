import { type ImmichStandIn, startImmich as startStandIn } from '../../sandbox/immich/immich.ts'
import { createTempDir } from './temp-dir.ts'

export type TestImmich = ImmichStandIn & {
  /** What an ultid that uses it has to be told, for `startTestApp`. */
  settings: Record<string, string>
}

export const immichAdmin = { email: 'admin@ulti.example', apiKey: 'an-admin-key-of-immich-0123456789' }

/** An Immich of its own on a free port, without photos. */
export async function startImmich(version: 2 | 3): Promise<TestImmich> {
  const files = await createTempDir('immich')
  const standIn = await startStandIn({ port: 0, stateDir: files.path, version, admin: immichAdmin })
  return {
    ...standIn,
    settings: { IMMICH_ENABLED: 'true', IMMICH_URL: standIn.url, IMMICH_ADMIN_API_KEY: immichAdmin.apiKey },
    async close() {
      await standIn.close()
      await files.remove()
    },
  }
}
