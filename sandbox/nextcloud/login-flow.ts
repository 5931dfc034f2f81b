import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { readBody } from './dav-exchange.ts'
import type { People, Person } from './people.ts'

type Flow = { pollToken: string; until: number; granted: { person: Person; password: string } | undefined }

const lifetimeMs = 20 * 60_000

/** Login Flow v2: a program asks for credentials, a person grants them in a browser, the program fetches them once. */
export function createLoginFlow({
  people,
  url,
  now = Date.now,
}: {
  people: People
  url: () => string
  now?: () => number
}) {
  const flows = new Map<string, Flow>()

  const json = (response: ServerResponse, status: number, body: unknown) =>
    response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(body))
  const page = (response: ServerResponse, status: number, text: string) =>
    response
      .writeHead(status, { 'content-type': 'text/html; charset=utf-8' })
      .end(`<!doctype html><title>Nextcloud</title>${text}`)

  function start(response: ServerResponse): void {
    const loginToken = randomBytes(32).toString('base64url')
    const pollToken = randomBytes(64).toString('base64url')
    flows.set(loginToken, { pollToken, until: now() + lifetimeMs, granted: undefined })
    json(response, 200, {
      poll: { token: pollToken, endpoint: `${url()}/login/v2/poll` },
      login: `${url()}/index.php/login/v2/flow/${loginToken}`,
    })
  }

  async function poll(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const token = new URLSearchParams(await readBody({ request })).get('token')
    const [loginToken, flow] = [...flows].find(([, one]) => one.pollToken === token && one.until > now()) ?? []
    if (!loginToken || !flow?.granted) return void json(response, 404, [])
    flows.delete(loginToken)
    const { person, password } = flow.granted
    json(response, 200, { server: url(), loginName: person.uid, appPassword: password })
  }

  const form = `<h1>Grant access to your account</h1><form method="post"><p><input name="user" placeholder="Account name" autofocus>
<p><input name="password" type="password" placeholder="Password"><p><button>Grant access</button></form>`

  async function grant(request: IncomingMessage, response: ServerResponse, flow: Flow): Promise<void> {
    const given = new URLSearchParams(await readBody({ request }))
    const person = people.findByPassword(given.get('user') ?? '', given.get('password') ?? '')
    if (!person) return void page(response, 403, `<p>Wrong login or password.</p>${form}`)
    flow.granted = { person, password: people.makeAppPassword(person, 'Ulti') }
    page(response, 200, '<p>Account connected. You can close this window.</p>')
  }

  return {
    /** @returns false for what is none of its addresses. */
    async serve(request: IncomingMessage, response: ServerResponse, path: string): Promise<boolean> {
      if (request.method === 'POST' && /^(\/index\.php)?\/login\/v2$/.test(path)) start(response)
      else if (request.method === 'POST' && /^(\/index\.php)?\/login\/v2\/poll$/.test(path))
        await poll(request, response)
      else {
        const [, token = ''] = /^(?:\/index\.php)?\/login\/v2\/flow\/([\w-]+)$/.exec(path) ?? []
        const flow = flows.get(token)
        if (!token) return false
        if (!flow || flow.until < now()) page(response, 404, '<p>This address is too old. Begin again.</p>')
        else if (request.method === 'POST') await grant(request, response, flow)
        else page(response, 200, form)
      }
      return true
    },
  }
}
