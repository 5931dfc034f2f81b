import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { type CalendarApp, startCalendarApp } from '../../../../test/fixtures/calendar-app.ts'

type Attachment = { uri: string; filename: string; size: number; content_type: string }

suite('files of the drive at events', () => {
  let calendar: CalendarApp
  const call = async (method: string, path: string, body?: unknown, status = 200) => {
    const answer = await calendar.as('alice', method, path, body)
    assert.equal(answer.status, status, `${method} ${path}: ${JSON.stringify(answer.body)}`)
    return answer.body
  }
  const times = { start: '20270310T090000Z', end: '20270310T100000Z' }
  const attended = { attendees: [{ email: 'olga@elsewhere.example' }] }
  const make = async (uid: string, attachment: object, more = {}): Promise<string> =>
    (await call('POST', '/personal/events', { uid, summary: uid, ...times, ...more, attachments: [attachment] }, 201))
      .path
  const attached = async (path: string): Promise<Attachment> => (await call('GET', `/events${path}`)).attachments[0]
  /** What somebody, or nobody, gets at an address of ours. */
  const opened = async (uri: string, user?: string): Promise<number> => {
    const headers = user === undefined ? {} : await calendar.bearer(user)
    return (await calendar.app.request('GET', uri.replace('https://your-domain', ''), { headers })).status
  }
  const setSharing = async (isAllowed: boolean) => {
    const headers = await calendar.bearer('dave', { groups: ['ulti-admins'] })
    const body = { everybody: { external_sharing: { is_allowed: isAllowed } }, groups: [] }
    const { status } = await calendar.app.request('PUT', '/api/v1/admin/policies', { headers, body })
    assert.equal(status, 200)
  }
  let itemId: string

  before(async () => {
    calendar = await startCalendarApp()
    await call('GET', '/')
    const headers = { ...(await calendar.bearer('alice')), 'content-type': 'text/plain' }
    const put = await calendar.app.request('PUT', '/api/v1/drive/content/Plan%20B.txt', { headers, body: 'a plan' })
    assert.equal(put.status, 201, JSON.stringify(put.body))
    const folder = { headers: await calendar.bearer('alice'), body: { path: '/Folder' } }
    assert.equal((await calendar.app.request('POST', '/api/v1/drive/folders', folder)).status, 201)
    itemId = put.body.item_id
  })
  after(() => calendar.close())

  test('open for those invited by a link', async () => {
    const { uri, ...said } = await attached(await make('linked', { drive_path: '/Plan B.txt' }, attended))
    assert.match(uri, /^https:\/\/your-domain\/api\/v1\/drive\/public\//)
    assert.deepEqual(said, { filename: 'Plan B.txt', size: 6, content_type: 'text/plain' })
    assert.equal(await opened(uri), 200)
  })

  test('open for their owner alone where nobody is invited, and for those who are invited later', async () => {
    const path = await make('own', { drive_item_id: itemId })
    const { uri } = await attached(path)
    assert.equal(uri, `https://your-domain/api/v1/drive/items/${itemId}/content`)
    assert.deepEqual([await opened(uri, 'alice'), await opened(uri, 'bob'), await opened(uri)], [200, 404, 401])
    await call('PUT', `/events${path}`, { summary: 'own', ...times, description: 'Nobody yet' })
    assert.equal((await attached(path)).uri, uri)
    await call('PUT', `/events${path}`, { summary: 'own', ...times, ...attended })
    const link = (await attached(path)).uri
    assert.equal(await opened(link), 200)
    await call('PUT', `/events${path}`, { summary: 'own', ...times, attachments: [{ uri: link }] })
    assert.equal((await attached(path)).uri, link)
  })

  test('are refused where they are not to be shared, and stay their owner’s', async () => {
    const path = await make('kept', { drive_path: '/Plan B.txt' })
    await setSharing(false)
    const body = { uid: 'refused', summary: 'Refused', ...times, ...attended }
    const attachments = [{ drive_path: '/Plan B.txt' }]
    const refused = await call('POST', '/personal/events', { ...body, attachments }, 403)
    assert.equal(refused.code, 'drive.outside_sharing_forbidden')
    assert.ok((await call('GET', '/events')).items.every(({ uid }: { uid: string }) => uid !== 'refused'))
    await call('PUT', `/events${path}`, { summary: 'kept', ...times, ...attended })
    assert.match((await attached(path)).uri, /\/drive\/items\/\d+\/content$/)
    await setSharing(true)
  })

  test('are files that are there', async () => {
    const status = async (attachment: object): Promise<[number, string]> => {
      const body = { uid: 'none', summary: 'None', ...times, attachments: [attachment] }
      const answer = await calendar.as('alice', 'POST', '/personal/events', body)
      return [answer.status, answer.body.code]
    }
    assert.deepEqual(await status({ drive_path: '/Nothing.txt' }), [404, 'not_found'])
    assert.deepEqual(await status({ drive_item_id: '999999999' }), [404, 'not_found'])
    assert.deepEqual(await status({ drive_path: 'Plan B.txt' }), [400, 'invalid_path'])
    assert.deepEqual(await status({ drive_path: '/Folder' }), [409, 'drive.is_folder'])
    assert.deepEqual(await status({}), [400, 'invalid_request_body'])
    assert.deepEqual(await status({ uri: 'https://a.example/', drive_path: '/Plan B.txt' }), [
      400,
      'invalid_request_body',
    ])
  })
})
