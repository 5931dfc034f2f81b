import { Readable } from 'node:stream'
import { AppError } from '#platform/errors.ts'
import type { GuardedFetch } from '#platform/network/guarded-fetch.ts'
import type { CalendarObject } from '../ical/calendar-object.ts'
import { setProperty } from '../ical/content-lines.ts'
import { componentsOf } from '../invitations/itip.ts'
import { readFile } from '../transfer/imported-objects.ts'

export type WebCalendar = { objects: CalendarObject[]; etag: string | null }

const timeoutMs = 60_000
const maxRedirects = 5

/**
 * What is published at an address; undefined when it is as it was. Whom its events name is left out: a stranger's file
 * must not invite anybody in its reader's name.
 * @throws AppError `calendar.subscription_unreachable`, `calendar.file_unreadable`, `host_forbidden`, `calendar.too_many_events`
 */
export async function readWebCalendar(
  http: Pick<GuardedFetch, 'fetch'>,
  url: string,
  knownEtag: string | null,
): Promise<WebCalendar | undefined> {
  const answer = await follow(http, url, knownEtag)
  if (answer.status === 304) return undefined
  if (!answer.ok || !answer.body) throw unreachable(`it answers ${answer.status}`)
  const objects = await readFile(Readable.fromWeb(answer.body as never))
  for (const event of objects.flatMap(componentsOf)) {
    for (const name of ['ATTENDEE', 'ORGANIZER', 'METHOD']) setProperty(event, name)
  }
  return { objects, etag: answer.headers.get('etag') }
}

async function follow(http: Pick<GuardedFetch, 'fetch'>, url: string, knownEtag: string | null) {
  let address = url.replace(/^webcals?:/i, 'https:')
  const headers = { accept: 'text/calendar, */*;q=0.1', ...(knownEtag !== null && { 'if-none-match': knownEtag }) }
  for (let step = 0; step <= maxRedirects; step++) {
    const answer = await http.fetch(address, { headers, signal: AbortSignal.timeout(timeoutMs) }).catch(failed)
    const location =
      answer.status >= 301 && answer.status <= 308 && answer.status !== 304 ? answer.headers.get('location') : null
    if (location === null) return answer
    await answer.body?.cancel()
    const next = URL.parse(location, address)
    if (!next || !/^https?:$/.test(next.protocol)) break
    address = next.href
  }
  throw unreachable('it leads elsewhere too often')
}

function failed(error: unknown): never {
  const cause = error instanceof Error ? error.cause : undefined
  if (error instanceof AppError) throw error
  if (cause instanceof AppError) throw cause
  throw unreachable('it does not answer', error)
}

const unreachable = (why: string, cause?: unknown) =>
  new AppError(
    'unprocessable',
    'calendar.subscription_unreachable',
    `The address could not be read: ${why}. Check it, or try again later.`,
    { cause },
  )
