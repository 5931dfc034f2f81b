import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { createDavClient, type DavClient } from '../../src/integrations/dav/dav-client.ts'
import { createDavCollections } from '../../src/integrations/dav/dav-collections.ts'
import { createDavHttp } from '../../src/integrations/dav/dav-http.ts'
import { textOf } from '../../src/integrations/dav/multistatus.ts'
import { xml } from '../../src/integrations/dav/xml.ts'
import { basicAuthorization } from '../../src/integrations/nextcloud/nextcloud-client.ts'
import { formatObject, readObject } from '../../src/modules/calendar/ical/calendar-object.ts'
import { eventsOf } from '../../src/modules/calendar/ical/event-fields.ts'
import { editAll, editOne } from '../../src/modules/calendar/ical/series-edits.ts'
import { noUpstreams } from '../../src/platform/observability/upstreams.ts'
import { oddCalendars } from '../fixtures/odd-calendars.ts'
import { type Radicale, startRadicale } from '../harness/radicale.ts'
import { skipWithoutRadicale } from '../harness/servers.ts'

const options = { now: Date.UTC(2026, 4, 23), isOrganizer: true }

suite('calendars at Radicale', { skip: skipWithoutRadicale }, () => {
  let radicale: Radicale
  let http: ReturnType<typeof createDavHttp>
  let dav: DavClient
  let collections: ReturnType<typeof createDavCollections>
  const path = '/alice/work/'
  const content = xml('cal:calendar-data')
  const fetched = async (paths: string[]) =>
    (await Array.fromAsync(collections.multiget(path, { report: 'cal:calendar-multiget', content, paths }))).flat()

  before(async () => {
    radicale = await startRadicale()
    http = createDavHttp({ url: radicale.url, maxConnections: 2, upstreams: noUpstreams })
    let prefix: string | undefined
    const learn = (value: string) => {
      prefix = value
    }
    dav = createDavClient({
      ...{ http, root: '', authorize: async () => basicAuthorization('alice', 'alice') },
      prefix: { get: () => prefix, learn },
    })
    collections = createDavCollections(dav)
    await collections.create(path, { set: [xml('d:displayname', {}, 'Work')] })
  })
  after(async () => {
    await http.close()
    await radicale.close()
  })

  test('what changed is told since a token, and everything without one or with one of another server', async () => {
    const first = await dav.put(`${path}a.ics`, oddCalendars.google.replace('METHOD:REQUEST\r\n', ''), {
      ifNoneMatch: '*',
    })
    const whole = await collections.changesSince(path, undefined)
    assert.deepEqual(whole.changed, [{ path: `${path}a.ics`, etag: first.etag }])
    await dav.put(`${path}b.ics`, oddCalendars['own zone'])
    await dav.delete(`${path}a.ics`)
    const delta = await collections.changesSince(path, whole.syncToken)
    assert.deepEqual([delta.changed.map((one) => one.path), delta.removed], [[`${path}b.ics`], [`${path}a.ics`]])
    const foreign = await collections.changesSince(path, 'http://sabre.io/ns/sync/5')
    assert.deepEqual([foreign.isWhole, foreign.changed.length], [true, 1])
  })

  test('a series is kept as it was changed here, zone, exceptions and all, under the version that was changed', async () => {
    const target = `${path}series.ics`
    const { etag } = await dav.put(target, oddCalendars.apple)
    const object = readObject(oddCalendars.apple)
    const moved = { summary: 'Moved', start: '20260714T090000', end: '20260714T100000' }
    assert.equal(editOne(object, '20260713T070000Z', moved, options), true)
    editAll(object, { summary: 'Renamed', start: '20260706T093000', end: '20260706T103000' }, options)
    await assert.rejects(dav.put(target, formatObject(object), { ifMatch: '"other"' }), { code: 'etag_mismatch' })
    await dav.put(target, formatObject(object), { ifMatch: etag })
    const [stored] = await fetched([target])
    const text = stored && textOf(stored, 'cal:calendar-data')
    const events = eventsOf(readObject(text ?? ''))
    assert.deepEqual(
      events.map(({ key, fields }) => [key, fields.summary, fields.start, fields.timezone]),
      [
        ['', 'Renamed', '20260706T093000', 'Europe/Paris'],
        ['20260713T073000Z', 'Moved', '20260714T093000', 'Europe/Paris'],
      ],
    )
    assert.deepEqual(events[0]?.fields.exdates, ['20260720T093000'])
    assert.ok(text?.includes('X-APPLE-STRUCTURED-LOCATION'))
  })

  test('objects that are not there are none of the answer', async () => {
    assert.deepEqual((await fetched([`${path}b.ics`, `${path}none.ics`])).length, 1)
  })
})
