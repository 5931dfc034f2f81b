import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, suite, test } from 'node:test'
import { Ajv } from 'ajv'
import formats from 'ajv-formats'
import { parse } from 'yaml'
import { authentikToken as token } from '../../../sandbox/authentik/authentik.ts'
import type { Exchange } from '../../../sandbox/authentik/exchange.ts'
import { startAuthentik } from '../../../test/harness/authentik.ts'
import { noUpstreams as upstreams } from '../../platform/observability/upstreams.ts'
import { createAuthentikClient } from './authentik-client.ts'

type Media = { content?: { 'application/json'?: { schema: object } }; $ref?: string }
type Operation = { requestBody?: Media; responses: Record<string, Media> }
type Document = {
  paths: Record<string, Record<string, Operation>>
  components: { responses: Record<string, Media>; schemas: Record<string, object> }
}

/** The description that Authentik publishes with its client. */
const published = parse(
  readFileSync(new URL('../../../node_modules/@goauthentik/api/schema.yml', import.meta.url), 'utf8'),
) as Document
const ajv = new Ajv({ strict: false, validateFormats: true })
formats.default(ajv)
ajv.addSchema({ $id: 'authentik', components: published.components })

/** What one exchange breaks of the published description; undefined when nothing. */
function faultOf({ method, path, requestBody, status, answerBody }: Exchange): string | undefined {
  const pathOf = (template: string) => new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/]+')}$`)
  const found = Object.keys(published.paths).find((template) => pathOf(template).test(path)) ?? ''
  const operation = (published.paths[path] ?? published.paths[found])?.[method.toLowerCase()]
  const answer = operation?.responses[status]
  if (!operation || !answer) return `${method} ${path} answers no ${status}`
  const given = (media: Media | undefined) => {
    const name = media?.$ref?.split('/').at(-1)
    return (name ? published.components.responses[name] : media)?.content?.['application/json']?.schema
  }
  const checks = [
    // What Authentik refuses need not be as it wants it.
    [status === 400 ? undefined : given(operation.requestBody), requestBody],
    [given(answer), answerBody],
  ] as const
  for (const [schema, value] of checks) {
    if (!schema) continue
    const isValid = ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"authentik#/')))
    if (!isValid(value)) return `${method} ${path}: ${ajv.errorsText(isValid.errors)} in ${JSON.stringify(value)}`
  }
  return undefined
}

suite('the client of Authentik', async () => {
  const exchanges: Exchange[] = []
  const authentik = await startAuthentik({ onExchange: (exchange) => exchanges.push(exchange) })
  const client = createAuthentikClient({ url: authentik.url, token, upstreams })
  after(async () => {
    await client.close()
    await authentik.close()
  })
  const first = { number: 1, size: 2 }

  test('lists, searches, makes, changes and deletes users, page by page', async () => {
    const page = await client.listUsers({}, first)
    assert.deepEqual([page.items.map(({ username }) => username), page.next], [['alice', 'bob'], 2])
    const last = await client.listUsers({}, { number: 2, size: 2 })
    assert.deepEqual([last.items.map(({ username }) => username), last.next], [['carol'], null])
    const dora = await client.createUser({ username: 'dora', name: 'Dora', email: 'dora@ulti.example' })
    assert.equal((await client.updateUser(dora.pk, { is_active: false })).is_active, false)
    assert.equal((await client.listUsers({ search: 'DORA', isActive: false }, first)).items[0]?.uuid, dora.uuid)
    assert.match(await client.createRecoveryLink(dora.pk), /^http/)
    assert.equal(await client.mailRecoveryLink(dora.pk), true)
    assert.deepEqual(authentik.mails, [{ to: 'dora@ulti.example', stage: 'default-recovery-email' }])
    assert.deepEqual(await client.endSessions(dora.pk), { deleted: 0 })
    await client.deleteUser(dora.pk)
    await assert.rejects(client.retrieveUser(dora.pk), { code: 'not_found' })
  })

  test('makes groups and says who is in them', async () => {
    const group = await client.createGroup('testers')
    const [alice] = (await client.listUsers({ search: 'alice' }, first)).items
    assert.ok(alice)
    await client.addMember(group.pk, alice.pk)
    assert.deepEqual((await client.retrieveGroup(group.pk)).users, [alice.pk])
    assert.equal((await client.listUsers({ group: 'testers' }, first)).items.length, 1)
    await client.removeMember(group.pk, alice.pk)
    assert.equal((await client.updateGroup(group.pk, 'checkers')).name, 'checkers')
    const found = await client.listGroups({ search: 'checkers', includeUsers: false }, first)
    assert.deepEqual(
      found.items.map(({ users }) => users),
      [[]],
    )
    await client.deleteGroup(group.pk)
  })

  test('tells what Authentik refuses in words of ours', async () => {
    const user = { username: 'alice', name: 'Another', email: 'another@ulti.example' }
    await assert.rejects(client.createUser(user), { code: 'admin.name_taken' })
    const odd = { username: 'eve', name: 'Eve', email: 'no address' }
    await assert.rejects(client.createUser(odd), {
      code: 'admin.directory_refused',
      details: [{ path: 'body.email', message: 'Enter a valid email address.' }],
    })
    const stranger = createAuthentikClient({ url: authentik.url, token: 'another', upstreams })
    await assert.rejects(stranger.check(), { kind: 'upstream_unavailable', code: 'admin.directory_refused' })
    await stranger.close()
    authentik.faults.isDown = true
    await assert.rejects(client.check(), { code: 'upstream_unavailable' })
    authentik.faults.isDown = false
    await client.check()
  })

  test('takes what is no JSON, and nobody there, for Authentik being away', async () => {
    const server = createServer((_request, response) => response.end('<html>'))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/auth`
    const other = createAuthentikClient({ url, token, upstreams })
    await assert.rejects(other.check(), { code: 'upstream_unavailable' })
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    await assert.rejects(other.check(), { code: 'upstream_unavailable' })
    await other.close()
  })

  test('every request and every answer so far is as Authentik publishes it', () => {
    const described = exchanges.filter(({ status }) => status !== 404)
    assert.ok(described.length > 15)
    assert.deepEqual(
      described.flatMap((exchange) => faultOf(exchange) ?? []),
      [],
    )
  })
})
