import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { createDavCollections } from '../../src/integrations/dav/dav-collections.ts'
import { textOf } from '../../src/integrations/dav/multistatus.ts'
import { type Xml, xml } from '../../src/integrations/dav/xml.ts'
import { connectPerson } from '../fixtures/nextcloud-person.ts'
import { oddCalendars } from '../fixtures/odd-calendars.ts'
import { nextcloudServers } from '../harness/nextcloud-servers.ts'

const card = [
  'BEGIN:VCARD',
  'VERSION:3.0',
  'UID:ada',
  'FN:Ada Lovelace',
  'N:Lovelace;Ada;;;',
  'X-ODD:kept',
  'END:VCARD',
  '',
]
type Kind = {
  home: string
  types?: string[]
  report: string
  content: Xml
  object: string
  contentName: string
  kept: string
}
const kinds: Record<string, Kind> = {
  calendar: {
    ...{ home: 'calendars', report: 'cal:calendar-multiget' },
    ...{ content: xml('cal:calendar-data'), contentName: 'cal:calendar-data' },
    ...{ object: oddCalendars.apple, kept: 'X-APPLE' },
  },
  'address book': {
    ...{ home: 'addressbooks/users', types: ['d:collection', 'card:addressbook'], report: 'card:addressbook-multiget' },
    ...{ content: xml('card:address-data'), contentName: 'card:address-data' },
    ...{ object: card.join('\r\n'), kept: 'X-ODD:kept' },
  },
}

for (const [name, start] of Object.entries(nextcloudServers)) {
  suite(`collections at ${name}`, async () => {
    const server = await start()
    const { dav, close } = connectPerson(server.url, server.uid, server.password)
    const collections = createDavCollections(dav)
    after(async () => {
      await close()
      await server.close()
    })

    for (const [what, { home, types, report, content, contentName, object, kept }] of Object.entries(kinds)) {
      test(`of a ${what} what changed is told since a token, and a stale version is not overwritten`, async () => {
        const path = `/${home}/${server.uid}/ulti-test/` as const
        await collections.create(path, { ...(types && { types }), set: [xml('d:displayname', {}, 'Test')] })
        const target = `${path}one.${what === 'calendar' ? 'ics' : 'vcf'}` as const
        const begin = await collections.changesSince(path, undefined)
        const { etag } = await dav.put(target, object, { ifNoneMatch: '*' })
        const made = await collections.changesSince(path, begin.syncToken)
        assert.deepEqual(
          made.changed.map((one) => one.path),
          [target],
        )
        await assert.rejects(dav.put(target, object, { ifMatch: '"stale"' }), { code: 'etag_mismatch' })
        await dav.put(
          target,
          object.replace(/Ada Lovelace|SUMMARY:.*/, (found) => `${found}!`),
          {
            ...(etag && { ifMatch: etag }),
          },
        )
        const [stored] = (
          await Array.fromAsync(collections.multiget(path, { report, content, paths: [target] }))
        ).flat()
        assert.ok(textOf(stored ?? assert.fail('nothing came'), contentName)?.includes(kept))
        await dav.delete(target)
        const gone = await collections.changesSince(path, made.syncToken)
        assert.deepEqual(gone.removed, [target])
        await dav.delete(path)
      })
    }
  })
}
