import type { DavClient } from '#integrations/dav/dav-client.ts'
import { davErrorOf } from '#integrations/dav/dav-error.ts'
import { readText, unreadable } from '#integrations/dav/dav-http.ts'

export type OcsMethod = 'GET' | 'POST' | 'PUT' | 'DELETE'

export type OcsRequest = {
  query?: Readonly<Record<string, string | number | undefined>>
  body?: Readonly<Record<string, unknown>>
  /** Statuses that are answered rather than thrown. */
  accept?: readonly number[]
}

/** `message` is what Nextcloud says to people, in English. */
export type OcsAnswer<Data> = { status: number; message: string; data: Data }

export type OcsClient = ReturnType<typeof createOcsClient>

const limits = { bytes: 16 * 1024 * 1024, timeoutMs: 60_000 }

/**
 * Nextcloud's own API. `path` follows `/ocs/v2.php`: version 1 answers 200 for failures as well. Throws AppErrors as
 * `davErrorOf` names them.
 */
export function createOcsClient({ send }: Pick<DavClient, 'send'>) {
  return {
    async call<Data = unknown>(method: OcsMethod, path: string, request: OcsRequest = {}): Promise<OcsAnswer<Data>> {
      const { query = {}, body, accept = [] } = request
      const parameters = new URLSearchParams({ format: 'json' })
      for (const [name, value] of Object.entries(query)) if (value !== undefined) parameters.set(name, String(value))
      const answer = await send({
        method,
        path: `/ocs/v2.php${path}?${parameters}`,
        headers: {
          'ocs-apirequest': 'true',
          accept: 'application/json',
          ...(body && { 'content-type': 'application/json' }),
        },
        ...(body && { body: JSON.stringify(body) }),
        accept: everyFailure,
      })
      const { status, headers } = answer
      const text = await readText(answer.body, limits)
      const read = status < 400 || accept.includes(status) ? readOcs<Data>(text) : undefined
      if (read) return { status, ...read }
      throw davErrorOf({ status, headers, text, said: readOcsMessage(text) })
    },
  }
}

const everyFailure = Array.from({ length: 200 }, (_, index) => 400 + index)

type Document<Data> = { ocs?: { meta?: { message?: unknown }; data?: Data } }

function readOcs<Data>(text: string): { message: string; data: Data } {
  try {
    const { ocs } = JSON.parse(text) as Document<Data>
    if (!ocs || ocs.data === undefined) throw new SyntaxError('The answer is none of OCS.')
    return { message: messageOf(ocs.meta?.message), data: ocs.data }
  } catch (error) {
    throw unreadable(error)
  }
}

function readOcsMessage(text: string): string {
  try {
    return messageOf((JSON.parse(text) as Document<unknown>).ocs?.meta?.message)
  } catch {
    return ''
  }
}

const messageOf = (message: unknown): string => (typeof message === 'string' ? message : '')
