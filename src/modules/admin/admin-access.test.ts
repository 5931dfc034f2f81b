import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import {
  administratorKinds,
  administratorSettings,
  createAdministration,
} from '../../../test/fixtures/administrators.ts'
import { type ApiDocument, operationsOf } from '../../../test/fixtures/api-operations.ts'
import { startTestApp, type TestApp } from '../../../test/harness/app.ts'
import { nextcloudSettings } from '../../../test/harness/nextcloud.ts'

/** Which kind of administrator each part of the API is for, by what its addresses begin with. */
const kindByPlace: Readonly<Record<string, keyof typeof administratorKinds>> = {
  people: 'users',
  'shared-mailboxes': 'users',
  groups: 'users',
  quotas: 'users',
  'shared-contacts': 'users',
  resources: 'users',
  audit: 'audit',
  operations: 'operations',
  policies: 'policies',
  footers: 'policies',
  'mail-rules': 'policies',
}

suite('every address of administration', () => {
  let app: TestApp
  let places: { method: string; path: string; kind: keyof typeof administratorKinds; example: string }[]

  before(async () => {
    app = await startTestApp({ ...administratorSettings, ...(await nextcloudSettings()) })
    const document: ApiDocument = (await app.request('GET', '/api/v1/openapi.json')).body
    places = operationsOf(document)
      .filter(({ path }) => path.startsWith('/api/v1/admin/'))
      .map(({ method, path }) => {
        const place = path.split('/')[4] ?? ''
        const kind = kindByPlace[place]
        assert.ok(kind, `${method} ${path} is for no kind of administrator that this table knows`)
        const example = path.replaceAll(/\{\w+\}/g, '019a0000-0000-7000-8000-000000000000')
        return { method, path, kind, example }
      })
  })
  after(() => app.close())

  test('is refused to whoever is no administrator', async () => {
    const { as } = createAdministration(app)
    assert.ok(places.length > 10)
    for (const { method, path, example } of places) {
      const { status, body } = await as('alice', ['ulti-users'], method, example, { body: bodyFor(method) })
      assert.deepEqual([status, body.code], [403, 'auth.forbidden'], `${method} ${path}`)
    }
  })

  test('is refused to administrators of every other kind, and let in are those of its own', async () => {
    const { as } = createAdministration(app)
    for (const { method, path, kind, example } of places) {
      for (const other of Object.keys(administratorKinds)) {
        // What is no JSON is refused in the end, after the question who asks: nothing is carried out.
        const broken = bodyFor(method) && '{"broken'
        const answer = await as(`${other}-admin`, [`${other}-admins`], method, example, { body: broken })
        const { status, body } = answer
        const isRefused = status === 403 && body?.code === 'auth.forbidden'
        assert.equal(isRefused, other !== kind, `${method} ${path} as admin:${other}: ${status} ${body?.code}`)
      }
    }
  })

  test('is not opened by a personal token that was given less', async () => {
    const { as } = createAdministration(app)
    const wanted = { name: 'Reader', permissions: ['admin:audit'] }
    const made = await as('root', ['ulti-admins'], 'POST', '/api/v1/account/tokens', { body: wanted })
    assert.equal(made.status, 201, JSON.stringify(made.body))
    for (const { method, path, example } of places.filter(({ kind }) => kind !== 'audit')) {
      const headers = { authorization: `Bearer ${made.body.token}` }
      const { status } = await app.request(method, example, { headers, body: bodyFor(method) })
      assert.equal(status, 403, `${method} ${path}`)
    }
  })
})

const bodyFor = (method: string): object | undefined => (method === 'GET' || method === 'DELETE' ? undefined : {})
