import { isOpen } from '../soak-client.ts'
import { type Act, createLedger, type SoakUser } from './act.ts'

/** How events and contacts differ to somebody who writes them. */
export type ObjectKind = {
  what: 'calendar' | 'contacts'
  /** Where they are listed. */
  list: string
  /** Where new ones go. */
  create: string
  /** Where one is that lies at `path`. */
  address: (path: string) => string
  change: 'PUT' | 'PATCH'
  body: (uid: string, title: string) => object
}

export const events: ObjectKind = {
  what: 'calendar',
  list: '/api/v1/calendar/personal/events?start=2026-11-01T00:00:00Z&end=2026-12-31T00:00:00Z&limit=1000',
  create: '/api/v1/calendar/personal/events',
  address: (path) => `/api/v1/calendar/events${path}`,
  change: 'PUT',
  body: (uid, title) => ({ uid, summary: title, start: '20261127T090000Z', end: '20261127T100000Z' }),
}

export const contacts: ObjectKind = {
  what: 'contacts',
  list: '/api/v1/contacts/contacts/contacts?limit=200',
  create: '/api/v1/contacts/contacts/contacts',
  address: (path) => `/api/v1/contacts/contacts${path}`,
  change: 'PATCH',
  body: (uid, title) => ({ uid, name: { full: title } }),
}

type Known = { uid: string; path: string }

/** Makes, changes and deletes events or contacts; `ledger` has their titles by UID. */
export function createObjectActs(kind: ObjectKind, { name, client, random }: SoakUser) {
  const ledger = createLedger()
  const known: Known[] = []
  let count = 0

  async function create(): Promise<void> {
    const uid = `${kind.what}-${name}-${++count}`
    const title = `${kind.what} ${count} of ${name}`
    const reply = await client.ask(`${kind.what}: create`, 'POST', kind.create, { body: kind.body(uid, title) })
    if (reply.status === 201) known.push({ uid, path: reply.body.path })
    // 409 on a second attempt: the first one was done, and its answer lost.
    if (reply.status === 201 || (reply.status === 409 && reply.attempts > 1)) ledger.is(uid, title)
    else if (isOpen(reply)) ledger.mayBe(uid, title)
  }

  async function change(): Promise<void> {
    const one = random.pick(known)
    if (!one) return
    const title = `${kind.what} ${++count} of ${name}, changed`
    const body = kind.change === 'PUT' ? kind.body(one.uid, title) : { name: { full: title } }
    const found = await client.ask(`${kind.what}: read`, 'GET', kind.address(one.path))
    const etag = found.headers.get('etag')
    if (found.status !== 200 || !etag) return
    const reply = await client.ask(`${kind.what}: change`, kind.change, kind.address(one.path), {
      ...{ body, headers: { 'if-match': etag } },
    })
    if (reply.status === 200) ledger.is(one.uid, title)
    else if (isOpen(reply) || (reply.status === 412 && reply.attempts > 1)) ledger.mayBe(one.uid, title)
  }

  async function remove(): Promise<void> {
    const at = random.below(known.length + 1)
    const one = known[at]
    if (!one) return
    known.splice(at, 1)
    const reply = await client.ask(`${kind.what}: delete`, 'DELETE', kind.address(one.path))
    if (reply.status === 204 || (reply.status === 404 && reply.attempts > 1)) ledger.is(one.uid, null)
    else if (isOpen(reply)) ledger.mayBe(one.uid, null)
  }

  const acts: Act[] = [
    { weight: 3, run: create },
    { weight: 2, run: change },
    { weight: 1, run: remove },
    { weight: 3, run: async () => void (await client.ask(`${kind.what}: list`, 'GET', kind.list)) },
  ]
  return { acts, ledger }
}
