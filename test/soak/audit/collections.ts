import assert from 'node:assert/strict'
import type { CollectionStore } from '../../../sandbox/nextcloud/collections/collection-store.ts'
import { eventually } from '../../harness/eventually.ts'
import { contacts, events, type ObjectKind } from '../acts/dav-objects.ts'
import type { Inhabitant } from '../population.ts'
import { difference, type Evidence, type Finding } from './finding.ts'

const patience = { timeoutMs: 60_000, everyMs: 1000 }

/** Calendars and address books show what Nextcloud has, and Nextcloud has what was written. */
export async function auditCollections({ world, inhabitants }: Evidence): Promise<Finding> {
  const violations: string[] = []
  let count = 0
  for (const inhabitant of inhabitants) {
    const places = [
      { kind: events, store: world.nextcloud.calendars, written: inhabitant.calendar, title: /^SUMMARY:(.*)$/m },
      { kind: contacts, store: world.nextcloud.addressBooks, written: inhabitant.addresses, title: /^FN:(.*)$/m },
    ]
    for (const { kind, store, written, title } of places) {
      const stored = objectsOf(store, inhabitant.name, kind, title)
      for (const [uid, allowed] of written.ledger.entries()) {
        count++
        const found = stored.get(uid) ?? null
        if (!allowed.has(found)) violations.push(`${uid} is ${found ?? 'not there'}, not ${[...allowed].join(' or ')}`)
      }
      violations.push(...(await shownOtherwise(inhabitant, kind, stored)))
    }
  }
  return { promise: 'Calendars and address books are what Nextcloud has', seen: `${count} objects written`, violations }
}

function objectsOf(store: CollectionStore, uid: string, kind: ObjectKind, title: RegExp): Map<string, string> {
  const seen = store.find(uid, kind.what === 'calendar' ? 'personal' : 'contacts')
  const texts = Object.values(seen?.collection.objects ?? {}).map(({ content }) =>
    content.replaceAll(/\r\n[ \t]|\r/g, ''),
  )
  return new Map(texts.map((text) => [lineOf(text, /^UID:(.*)$/m), lineOf(text, title).replaceAll('\\,', ',')]))
}

const lineOf = (text: string, pattern: RegExp): string => pattern.exec(text)?.[1] ?? ''

async function shownOtherwise(
  { client, name }: Inhabitant,
  kind: ObjectKind,
  stored: ReadonlyMap<string, string>,
): Promise<string[]> {
  const atNextcloud = [...stored].map(([uid, title]) => `${uid} ${title}`)
  let found: string[] = []
  const compare = async () => {
    const shown: string[] = []
    for (let cursor: string | null = ''; cursor !== null; ) {
      const query: string = cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''
      const { body } = await client.ask(`audit: ${kind.what}`, 'GET', kind.list + query)
      for (const item of body.items) shown.push(`${item.uid} ${item.summary ?? item.name?.full}`)
      cursor = body.next_cursor
    }
    found = difference(shown, atNextcloud, ['shown', 'at Nextcloud'])
    assert.equal(found.length, 0)
  }
  return eventually(compare, patience).then(
    () => [],
    () => found.map((one) => `${name}: ${one}`),
  )
}
