import {
  type AuthentikStandIn,
  authentikToken,
  startAuthentik as startStandIn,
} from '../../sandbox/authentik/authentik.ts'
import type { Exchange } from '../../sandbox/authentik/exchange.ts'
import type { DemoUser } from '../../sandbox/users.ts'
import { createTempDir } from './temp-dir.ts'

export type TestAuthentik = AuthentikStandIn & {
  /** What an ultid that uses it has to be told. */
  settings: Record<string, string>
}

/** A directory of its own; the tokens of a test's issuer name people as `subject` says. */
export async function startAuthentik(
  options: { users?: readonly DemoUser[]; onExchange?: (exchange: Exchange) => void } = {},
): Promise<TestAuthentik> {
  const files = await createTempDir('authentik')
  const standIn = await startStandIn({ port: 0, stateDir: files.path, ...options })
  return {
    ...standIn,
    settings: {
      AUTHENTIK_URL: standIn.url,
      AUTHENTIK_API_TOKEN: authentikToken,
      AUTHENTIK_SUBJECT: 'user_username',
    },
    async close() {
      await standIn.close()
      await files.remove()
    },
  }
}
