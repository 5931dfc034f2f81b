import { setTimeout as delay } from 'node:timers/promises'
import type { Issuer } from '../harness/issuer.ts'
import type { Traffic } from './traffic.ts'
import { addressOf } from './world.ts'

type Options = {
  body?: unknown
  /** Sent as it is, instead of JSON. */
  bytes?: Buffer
  headers?: Record<string, string>
}
export type Reply = {
  status: number
  // biome-ignore lint/suspicious/noExplicitAny: bodies are read member by member
  body: any
  headers: Headers
  /** How often it was asked until it was answered. */
  attempts: number
}
export type SoakClient = ReturnType<typeof createSoakClient>

const patienceMs = 90_000
const pauseMs = 300
const tokenSeconds = 3600
/** What is worth asking again: a gateway that found no node, a database or an upstream that is away. */
const isPassing = (status: number) => status === 0 || status === 408 || status === 429 || status >= 500

/** Somebody's program: asks again until it is answered, as a good client does, with the same Idempotency-Key. */
export function createSoakClient(deps: { url: string; issuer: Issuer; traffic: Traffic; name: string }) {
  const { url, issuer, traffic, name } = deps
  const token = issuer.token(
    { sub: name, name, preferred_username: name, email: addressOf(name) },
    { expiresInSeconds: tokenSeconds },
  )

  async function attempt(
    method: string,
    path: string,
    what: string,
    init: RequestInit,
  ): Promise<Omit<Reply, 'attempts'>> {
    const startedAt = Date.now()
    const note = (status: number, text: string) => {
      const code = /"code":"([^"]+)"/.exec(text)?.[1] ?? ''
      const body = status >= 400 || status === 0 ? text.slice(0, 300) : ''
      traffic.note({ what, startedAt, endedAt: Date.now(), status, code, body })
    }
    try {
      const answer = await fetch(url + path, { ...init, method, signal: AbortSignal.timeout(patienceMs) })
      const text = await answer.text()
      note(answer.status, text)
      return { status: answer.status, headers: answer.headers, body: parse(text) }
    } catch (error) {
      note(0, String((error as Error).cause ?? error))
      return { status: 0, headers: new Headers(), body: undefined }
    }
  }

  /** `what` names it in the report. The last answer when none came in time: nobody knows then whether it was done. */
  async function ask(
    what: string,
    method: string,
    path: string,
    { body, bytes, headers = {} }: Options = {},
  ): Promise<Reply> {
    const init: RequestInit = {
      headers: {
        authorization: `Bearer ${await token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(bytes && { 'content-type': 'application/octet-stream' }),
        ...(method === 'POST' && { 'idempotency-key': crypto.randomUUID() }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(bytes && { body: new Uint8Array(bytes) }),
    }
    const deadline = Date.now() + patienceMs
    for (let attempts = 1; ; attempts++) {
      const reply = await attempt(method, path, what, init)
      if (!isPassing(reply.status) || Date.now() > deadline) return { ...reply, attempts }
      await delay(pauseMs)
    }
  }
  return { name, token: () => token, ask }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** True for an answer that leaves open whether what was asked for was done. */
export const isOpen = ({ status }: Reply): boolean => isPassing(status)
