import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { startTestApp } from '../../../test/harness/app.ts'

suite('modules', async () => {
  const app = await startTestApp({ NEXTCLOUD_ENABLED: 'false', JITSI_ENABLED: 'false', IMMICH_ENABLED: 'false' })
  after(app.close)

  test('which are on is told without a sign-in', async () => {
    const { status, body } = await app.request('GET', '/api/v1/modules')
    assert.equal(status, 200)
    const on = body.items.filter((item: { is_enabled: boolean }) => item.is_enabled)
    assert.deepEqual(
      on.map(({ name }: { name: string }) => name),
      ['mail', 'search', 'realtime'],
    )
    assert.deepEqual(body.items[1], { name: 'drive', path: '/api/v1/drive', is_enabled: false })
  })

  test('one that is off says so at every address and by every method', async () => {
    const asked = [
      ['GET', '/api/v1/drive'],
      ['GET', '/api/v1/drive/items?path=/'],
      ['PUT', '/api/v1/calendar/events/remote.php/dav/calendars/alice/work/x.ics'],
      ['DELETE', '/api/v1/contacts/x'],
      ['POST', '/api/v1/photos/assets'],
    ] as const
    for (const [method, path] of asked) {
      const { status, body } = await app.request(method, path, { as: 'alice' })
      assert.deepEqual([status, body.code], [404, 'module_disabled'], `${method} ${path}`)
    }
    const meet = await app.request('POST', '/api/v1/meet/rooms', { as: 'alice' })
    assert.deepEqual([meet.status, meet.body.code], [409, 'meet_disabled'])
  })
})
