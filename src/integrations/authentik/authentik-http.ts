import { Agent, request } from 'undici'
import type { Upstreams } from '#platform/observability/upstreams.ts'
import { authentikAway, authentikErrorOf, authentikTooSlow } from './authentik-errors.ts'

export type AuthentikRequest = {
  query?: Readonly<Record<string, string | number | boolean | undefined>>
  body?: unknown
}
export type AuthentikMethod = 'GET' | 'POST' | 'PATCH' | 'DELETE'

const answerMaxBytes = 16 * 1024 * 1024

/** Authentik's API over a few kept connections; every request ends within ten seconds. */
export function createAuthentikHttp({ url, token, upstreams }: { url: string; token: string; upstreams: Upstreams }) {
  const agent = new Agent({ connections: 4, connect: { timeout: 3000 }, maxResponseSize: answerMaxBytes })

  async function exchange(method: AuthentikMethod, path: string, { query = {}, body }: AuthentikRequest) {
    const address = new URL(`${url}/api/v3${path}`)
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) address.searchParams.set(name, String(value))
    }
    const answer = await request(address, {
      ...{ method, dispatcher: agent, signal: AbortSignal.timeout(10_000) },
      headers: {
        ...{ authorization: `Bearer ${token}`, accept: 'application/json' },
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    return { status: answer.statusCode, text: await answer.body.text() }
  }

  return {
    /**
     * @throws AppError `not_found`, `admin.name_taken`, `admin.directory_refused`, `upstream_unavailable`,
     * `upstream_timeout`.
     */
    async call<Answer>(
      operation: string,
      method: AuthentikMethod,
      path: string,
      options: AuthentikRequest = {},
    ): Promise<Answer> {
      const faultOf = ({ status }: { status: number }) => (status >= 500 ? 'server_error' : undefined)
      const { status, text } = await upstreams
        .call({ system: 'authentik', operation, faultOf }, () => exchange(method, path, options))
        .catch((error) => {
          throw (error as Error).name === 'TimeoutError' ? authentikTooSlow(error) : authentikAway(error)
        })
      if (status < 200 || status > 299) throw authentikErrorOf(status, text)
      return (text === '' ? undefined : parsed(text)) as Answer
    },
    close: () => agent.close(),
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw authentikAway(error)
  }
}
