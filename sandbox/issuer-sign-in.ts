import type { IncomingMessage, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import type Provider from 'oidc-provider'
import { messagePage, signInPage } from './issuer-pages.ts'
import { findUser } from './users.ts'

/** Answers `/sign-in/<id>`: shows the form, checks the password and sends the browser back to the application. */
export function createSignIn(provider: Provider) {
  return async (request: IncomingMessage, response: ServerResponse) => {
    try {
      await answer(provider, request, response)
    } catch {
      // The provider throws when the browser's cookie is missing or the attempt is over an hour old.
      sendHtml(
        response,
        400,
        messagePage('Start again', '<p>This sign-in has expired. Go back to the application.</p>'),
      )
    }
  }
}

async function answer(provider: Provider, request: IncomingMessage, response: ServerResponse) {
  const { prompt, params, uid } = await provider.interactionDetails(request, response)
  // Consent is asked for by `prompt=consent` alone (which offline_access needs); nobody has to read a page for it.
  if (prompt.name === 'consent') return provider.interactionFinished(request, response, { consent: {} })

  const form = {
    action: `/sign-in/${uid}`,
    client: String(params.client_id) === 'ulti-backend' ? 'Ulti' : 'the application',
  }
  if (request.method !== 'POST') return sendHtml(response, 200, signInPage(form))
  const fields = new URLSearchParams(await text(request))
  const user = findUser(fields.get('user') ?? '')
  const password = fields.get('password')
  if (!user || (password !== user.name && password !== 'demo')) {
    return sendHtml(response, 401, signInPage({ ...form, error: 'That is not the password of this user.' }))
  }
  return provider.interactionFinished(request, response, { login: { accountId: user.name } })
}

function sendHtml(response: ServerResponse, status: number, html: string) {
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
  })
  response.end(html)
}
