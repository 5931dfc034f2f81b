import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type JWTPayload, jwtVerify } from 'jose'
import { escapeHtml } from '../issuer-pages.ts'

export const demoAppSecret = 'the-secret-that-jitsi-shares-in-the-sandbox'

type Claims = JWTPayload & {
  room?: string
  context?: {
    user?: { name?: string; email?: string; moderator?: boolean | string }
    features?: Record<string, boolean>
  }
}

/**
 * Where a meeting would be: a page that lets holders of a token in as Jitsi does, and says who they are there. Nobody sees
 * or hears anybody.
 */
export async function startJitsi({ port }: { port: number }) {
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://jitsi')
    const room = decodeURIComponent(pathname.slice(1)).toLowerCase()
    answer(response, room, searchParams.get('jwt')).catch(() =>
      send(response, 403, 'Not let in', 'The token is not one that this Jitsi takes.'),
    )
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function answer(response: ServerResponse, room: string, token: string | null): Promise<void> {
  if (room === '') return send(response, 200, 'Jitsi', 'Meetings are made by <code>POST /api/v1/meet/rooms</code>.')
  if (token === null)
    return send(response, 401, 'Not let in', 'Only who brings a token comes in: ask for one at the room’s tokens.')
  const { payload } = await jwtVerify<Claims>(token, new TextEncoder().encode(demoAppSecret), {
    ...{ algorithms: ['HS256'], issuer: 'ulti', audience: 'ulti', requiredClaims: ['sub', 'room', 'exp'] },
  })
  if (payload.room !== '*' && payload.room?.toLowerCase() !== room)
    return send(response, 403, 'Not let in', 'The token is for another room.')
  const { user = {}, features = {} } = payload.context ?? {}
  const may = Object.entries(features).flatMap(([name, isOn]) => (isOn ? [name] : []))
  const lines = [
    `You are <b>${escapeHtml(user.name ?? 'a guest')}</b>${String(user.moderator) === 'true' ? ', and you moderate' : ''}.`,
    `You may: ${escapeHtml(may.join(', ') || 'talk and listen')}.`,
    `The token is good until ${new Date((payload.exp ?? 0) * 1000).toLocaleString('en')}.`,
  ]
  send(response, 200, room, lines.join('<br>'))
}

function send(response: ServerResponse, status: number, title: string, html: string): void {
  const style = 'body{font:18px system-ui;background:#1d2433;color:#eef;display:grid;place-items:center;height:90vh}'
  const headers = { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' }
  response
    .writeHead(status, headers)
    .end(
      `<!doctype html><title>${escapeHtml(title)}</title><style>${style}</style><main><h1>${escapeHtml(title)}</h1><p>${html}</p></main>`,
    )
}
