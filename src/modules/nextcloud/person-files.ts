import { Readable } from 'node:stream'
import { createAddressBooks, objectOf } from '#integrations/dav/address-books.ts'
import { readText } from '#integrations/dav/dav-http.ts'
import { type DavPath, davPath } from '#integrations/dav/dav-path.ts'
import { holds, textOf } from '#integrations/dav/multistatus.ts'
import type { Nextcloud, NextcloudPerson } from '#integrations/nextcloud/nextcloud-client.ts'
import { harmlessName } from '#platform/http/content-disposition.ts'
import { joinedCalendar } from './joined-calendar.ts'

type PersonFile = { path: string; open: () => Promise<Readable> }

const limits = { bytes: 16 * 1024 * 1024, timeoutMs: 60_000 }

/** All that is a person's at Nextcloud: files as they are, own calendars as iCalendar, own address books as vCards. */
export async function* personNextcloudFiles(
  nextcloud: Nextcloud,
  personId: string,
  signal: AbortSignal,
): AsyncGenerator<PersonFile> {
  const person = await nextcloud.as(personId)
  yield* filesBelow(person, davPath('files', person.uid), signal)
  yield* calendarsOf(person, signal)
  yield* addressBooksOf(person)
}

/** Folder by folder; none but the one that is walked is held. What is shared with the person is somebody else's. */
async function* filesBelow(person: NextcloudPerson, path: DavPath, signal: AbortSignal): AsyncGenerator<PersonFile> {
  const { dav, uid } = person
  const props = ['d:resourcetype', 'oc:owner-id'] as const
  const found = await dav.propfind(`${path}/`, { depth: '1', props, signal })
  for (const resource of found.filter((one) => one.path !== path && one.path !== `${path}/`)) {
    const owner = textOf(resource, 'oc:owner-id')
    if (owner && owner !== uid) continue
    if (holds(resource, 'd:resourcetype', 'd:collection')) {
      yield* filesBelow(person, resource.path.replace(/\/$/, ''), signal)
      continue
    }
    const names = resource.path.split('/').filter(Boolean).slice(2).map(harmlessName)
    yield { path: ['files', ...names].join('/'), open: async () => (await dav.get(resource.path, { signal })).body }
  }
}

async function* calendarsOf({ dav, uid }: NextcloudPerson, signal: AbortSignal): AsyncGenerator<PersonFile> {
  const home = `${davPath('calendars', uid)}/`
  const props = ['d:resourcetype', 'oc:owner-principal'] as const
  const found = await dav.propfind(home, { depth: '1', props, signal })
  for (const calendar of found.filter((one) => holds(one, 'd:resourcetype', 'cal:calendar'))) {
    const owner = textOf(calendar, 'oc:owner-principal')
    if (owner && !owner.replace(/\/$/, '').endsWith(`/${uid}`)) continue
    const name = calendar.path.split('/').filter(Boolean).at(-1) ?? ''
    const objects = async function* () {
      const inside = await dav.propfind(calendar.path, { depth: '1', props: ['d:getetag', 'd:resourcetype'], signal })
      for (const object of inside.filter((one) => !holds(one, 'd:resourcetype', 'd:collection'))) {
        yield await readText((await dav.get(object.path, { signal })).body, limits)
      }
    }
    yield { path: `calendars/${harmlessName(name)}.ics`, open: async () => Readable.from(joinedCalendar(objects())) }
  }
}

async function* addressBooksOf({ dav, uid }: NextcloudPerson): AsyncGenerator<PersonFile> {
  const books = createAddressBooks(dav, davPath('addressbooks', 'users', uid))
  for (const { name, sharedBy } of await books.list()) {
    if (sharedBy !== undefined) continue
    const cards = async function* () {
      const { changed } = await books.changesSince(name, undefined)
      const objects = changed.map(({ path }) => objectOf(path))
      for await (const batch of books.cards(name, objects)) {
        for (const { vcard } of batch) yield vcard.endsWith('\n') ? vcard : `${vcard}\r\n`
      }
    }
    yield { path: `contacts/${harmlessName(name)}.vcf`, open: async () => Readable.from(cards()) }
  }
}
