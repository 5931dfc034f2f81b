import { Gauge } from 'prom-client'
import { createDavClient, type DavClient } from '#integrations/dav/dav-client.ts'
import { createDavHttp } from '#integrations/dav/dav-http.ts'
import type { Metrics } from '#platform/observability/metrics.ts'
import type { Upstreams } from '#platform/observability/upstreams.ts'
import { createLoginFlow } from './login-flow.ts'
import { createOcsClient, type OcsClient } from './ocs-client.ts'

/** Nextcloud as one person sees it. `uid` is their name in its paths: `/files/{uid}`, `/calendars/{uid}`. */
export type NextcloudPerson = Readonly<{ uid: string; dav: DavClient; ocs: OcsClient }>

/** Nextcloud on behalf of people; what drive, calendar and contacts stand on. */
export type Nextcloud = {
  /**
   * Nextcloud as this person, in a request or in a job. At the first time the person is made known there.
   * @throws AppError `nextcloud.uid_taken`, `nextcloud.no_username`, `nextcloud.sign_in_required`, and those of `davErrorOf`.
   */
  as(ownerId: string): Promise<NextcloudPerson>
}

/** What lies behind public links, for whoever knows one. */
export type NextcloudLinks = {
  /** Paths begin with `/files/{token}`. `refused` makes what is thrown when the password is not the one. */
  link(password: string | undefined, refused: () => Error): DavClient
}

export type Authorize = (options: { isStale: boolean }) => Promise<string>
export type NextcloudClient = ReturnType<typeof createNextcloudClient>

/** Where DAV begins at Nextcloud, and where for those without an account. */
const davRoot = '/remote.php/dav'
const publicRoot = '/public.php/dav'

/** One Nextcloud: its connections, and a client for each person over them. */
export function createNextcloudClient(deps: {
  config: { url: string; publicUrl: string; maxConnections: number }
  upstreams: Upstreams
  metrics?: Metrics
}) {
  const { config, upstreams, metrics } = deps
  const http = createDavHttp({ ...config, upstreams })
  let learnt: string | undefined
  const prefix = {
    get: () => learnt,
    learn: (value: string) => {
      learnt = value
    },
  }
  if (metrics) registerCircuitMetric(metrics, http.circuit)
  return {
    http,
    loginFlow: createLoginFlow({ http, ...config }),
    person(uid: string, authorize: Authorize): NextcloudPerson {
      const dav = createDavClient({ http, root: davRoot, authorize, prefix })
      return { uid, dav, ocs: createOcsClient(dav) }
    },
    links: {
      link: (password = '', refused) =>
        createDavClient({
          // Nextcloud takes requests of programs only, unless federation is on.
          http: {
            ...http,
            send: (request) => http.send({ ...request, headers: { ...request.headers, ...ofProgram } }),
          },
          root: publicRoot,
          prefix,
          authorize: async ({ isStale }) => {
            if (isStale) throw refused()
            return basicAuthorization('anonymous', password)
          },
        }),
    } satisfies NextcloudLinks,
    /** @throws Error while requests are held back because Nextcloud did not answer. */
    async check(): Promise<void> {
      const state = http.circuit()
      if (state !== 'closed') throw new Error(`Nextcloud did not answer; the circuit is ${state}.`)
    },
    close: http.close,
  }
}

const ofProgram = { 'x-requested-with': 'XMLHttpRequest' }

export const basicAuthorization = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`

function registerCircuitMetric({ registry }: Metrics, circuit: () => string): void {
  const states = ['closed', 'half_open', 'open']
  new Gauge({
    name: 'ultid_nextcloud_circuit_state',
    help: 'Always 1, with the state of the circuit to Nextcloud: closed (requests pass), half_open or open (held back).',
    labelNames: ['state'],
    registers: [registry],
    collect() {
      for (const state of states) this.set({ state }, state === circuit() ? 1 : 0)
    },
  })
}
