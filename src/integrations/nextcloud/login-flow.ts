import { davErrorOf } from '#integrations/dav/dav-error.ts'
import { readText, unreadable } from '#integrations/dav/dav-http.ts'
import type { UpstreamHttp } from '#integrations/upstream/upstream-http.ts'

/** A sign-in at Nextcloud that waits for the person: their browser goes to `loginUrl`, ultid asks with `pollToken`. */
export type StartedLogin = { loginUrl: string; pollToken: string }
export type Granted = { loginName: string; appPassword: string }

const limits = { bytes: 64 * 1024, timeoutMs: 10_000 }

/** Login Flow v2: how a person grants a program an app password without telling it theirs. */
export function createLoginFlow({ http, url, publicUrl }: { http: UpstreamHttp; url: string; publicUrl: string }) {
  async function post(path: string, form: Record<string, string>) {
    const headers = { 'content-type': 'application/x-www-form-urlencoded', 'user-agent': 'Ulti' }
    const {
      status,
      headers: answered,
      body,
    } = await http.send({
      method: 'POST',
      path,
      headers,
      body: new URLSearchParams(form).toString(),
    })
    return { status, headers: answered, text: await readText(body, limits) }
  }
  return {
    async start(): Promise<StartedLogin> {
      const answer = await post('/index.php/login/v2', {})
      if (answer.status !== 200) throw davErrorOf(answer)
      const { login, poll } = parse(answer.text) as { login?: unknown; poll?: { token?: unknown } }
      if (typeof login !== 'string' || typeof poll?.token !== 'string') throw unreadable(new Error('no login flow'))
      return { loginUrl: forBrowsers(login, url, publicUrl), pollToken: poll.token }
    },

    /**
     * What was granted, once; undefined while it was not, and when it never will be because the time is over. It asks at
     * Nextcloud's own address, whatever endpoint Nextcloud names: that one is for the outside.
     */
    async poll(pollToken: string): Promise<Granted | undefined> {
      const answer = await post('/index.php/login/v2/poll', { token: pollToken })
      if (answer.status === 404) return undefined
      if (answer.status !== 200) throw davErrorOf(answer)
      const { loginName, appPassword } = parse(answer.text) as Record<string, unknown>
      if (typeof loginName !== 'string' || typeof appPassword !== 'string')
        throw unreadable(new Error('no credentials'))
      return { loginName, appPassword }
    },
  }
}

/** Nextcloud answers with the host by which it was called, unless it was told another. */
function forBrowsers(login: string, url: string, publicUrl: string): string {
  const parsed = URL.parse(login)
  if (!parsed || !/^https?:$/.test(parsed.protocol)) throw unreadable(new Error('no login address'))
  if (parsed.origin !== new URL(url).origin) return login
  const { pathname } = parsed
  const at = pathname.indexOf('/index.php/')
  return publicUrl + (at < 0 ? pathname : pathname.slice(at)) + parsed.search
}

function parse(text: string): object {
  try {
    const parsed: unknown = JSON.parse(text)
    if (typeof parsed === 'object' && parsed !== null) return parsed
  } catch (error) {
    throw unreadable(error)
  }
  throw unreadable(new Error('no object'))
}
