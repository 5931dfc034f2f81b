import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import { type Schema, valuesOf } from './fixtures/hostile-requests.ts'
import { type MailboxApp, startMailboxApp } from './fixtures/mailbox-app.ts'
import { readApiDocument } from './harness/api-document.ts'
import { startAuthentik, type TestAuthentik } from './harness/authentik.ts'
import { startImmich, type TestImmich } from './harness/immich.ts'
import { keepTokens } from './harness/issuer.ts'
import { startNextcloud, type TestNextcloud } from './harness/nextcloud.ts'
import { fc } from './harness/properties.ts'

type Parameter = { in: 'path' | 'query' | 'header' | 'cookie'; name: string; required?: boolean; schema: Schema }
type Media = Record<string, { schema?: Schema }>
type Operation = {
  parameters?: Parameter[]
  requestBody?: { content: Media }
  responses: Record<string, { content?: Media }>
}
type ApiDocument = {
  paths: Record<string, Record<string, Operation>>
  components: { schemas?: Record<string, Schema> }
}
type Route = { method: string; path: string; name: string; operation: Operation }
type Sent = { path: string; headers: Record<string, string>; body?: string }

/** They ask servers all over the world, end the session that asks, never end, or forbid all that comes after them. */
const left = /accounts\/discovery|oauth\/authorizations|auth\/|backchannel|events\/stream|operations\/maintenance/
const seed = Number(process.env.ULTI_FUZZ_SEED ?? 1)
const perRoute = Number(process.env.ULTI_FUZZ_REQUESTS ?? 8)
/** An answer that takes longer is a hang. */
const patienceMs = 20_000
const methodOrder = ['POST', 'PUT', 'GET', 'PATCH', 'DELETE']

suite('requests made from the API document', () => {
  let nextcloud: TestNextcloud
  let immich: TestImmich
  let authentik: TestAuthentik
  let app: MailboxApp
  let routes: Route[]
  let schemas: Record<string, Schema>
  const ajv = new Ajv2020({ strict: false, validateFormats: true, allErrors: true })
  formats.default(ajv)

  before(async () => {
    nextcloud = await startNextcloud({ hasDemoFiles: true, people: [{ uid: 'owner' }] })
    immich = await startImmich(3)
    authentik = await startAuthentik()
    app = await startMailboxApp({
      ...{ ...nextcloud.settings, ...immich.settings, ...authentik.settings },
      ...{
        JITSI_ENABLED: 'true',
        JWT_APP_SECRET: 'a secret that is long enough for tests',
        ULTID_RATE_LIMIT_PERSON: '1000000',
        ULTID_RATE_LIMIT_ADDRESS: '1000000',
        ULTID_RATE_LIMIT_SIGN_IN: '1000000',
      },
    })
    const document = await readApiDocument<ApiDocument>(app)
    schemas = document.components.schemas ?? {}
    routes = Object.entries(document.paths)
      .flatMap(([path, methods]) =>
        Object.entries(methods).map(([method, operation]) => {
          return { method: method.toUpperCase(), path, name: `${method.toUpperCase()} ${path}`, operation }
        }),
      )
      .filter(({ path }) => path.startsWith('/api/') && !left.test(path))
      .toSorted((one, other) => methodOrder.indexOf(one.method) - methodOrder.indexOf(other.method))
    const owner = await app.mailboxOf('owner')
    for (const subject of ['One', 'Two']) {
      await app.addMessage(owner, { folderId: owner.inbox, subject, text: 'Facture', html: '<p>Facture</p>' })
    }
  })
  after(async () => {
    await app.close()
    await Promise.all([nextcloud.close(), immich.close(), authentik.close()])
  })

  const resolve = (ref: string): Schema => schemas[ref.split('/').at(-1) ?? ''] ?? {}

  /** Ids that answers have shown, by the beginning of the path that showed them. */
  const seen = new Map<string, Set<string>>()
  const collectionOf = (path: string) =>
    path
      .split('/')
      .slice(0, 5)
      .join('/')
      .replace(/\/\{.*/, '')
  function remember(path: string, text: string): void {
    const ids = seen.get(collectionOf(path)) ?? new Set()
    seen.set(collectionOf(path), ids)
    for (const [id] of text.matchAll(/[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g)) {
      if (ids.size < 30) ids.add(id)
    }
  }

  function requestsOf({ path, operation }: Route): fc.Arbitrary<Sent> {
    const ids = [...(seen.get(collectionOf(path)) ?? [])]
    const { parameters = [], requestBody } = operation
    const anyOf = ({ schema }: Parameter) => valuesOf(schema, ids, resolve)
    const members = (where: Parameter['in']) => parameters.filter((one) => one.in === where)
    const record = (where: Parameter['in']) =>
      fc.record(Object.fromEntries(members(where).map((one) => [one.name, anyOf(one)])), {
        requiredKeys: members(where)
          .filter((one) => one.required)
          .map(({ name }) => name),
      })
    const [[type, { schema = {} }] = ['', {}]] = Object.entries(requestBody?.content ?? {})
    const body = requestBody ? valuesOf(schema, ids, resolve) : fc.constant(undefined)
    return fc.tuple(record('path'), record('query'), record('header'), body).map(([inPath, query, header, content]) => {
      const address = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encoded(inPath[name]) || '-')
      const search = Object.entries(query).map(([name, one]) => `${name}=${encoded(one)}`)
      return {
        path: search.length > 0 ? `${address}?${search.join('&')}` : address,
        headers: {
          ...Object.fromEntries(
            Object.entries(header).map(([name, one]) => [name, textOf(one).replaceAll(/[^ -~]/g, '?')]),
          ),
          ...(requestBody && { 'content-type': type }),
        },
        ...(requestBody && { body: type.includes('json') ? JSON.stringify(content) : textOf(content) }),
      }
    })
  }

  const token = keepTokens((user) => app.token(user))
  async function send({ method, path: template }: Route, { path, headers, body }: Sent) {
    const answer = await fetch(new URL(path, app.url), {
      ...{ method, redirect: 'manual', signal: AbortSignal.timeout(patienceMs) },
      headers: {
        ...headers,
        authorization: `Bearer ${await token(template.startsWith('/api/v1/admin') ? 'admin' : 'owner')}`,
      },
      ...(body !== undefined && { body }),
    })
    const text = await answer.text()
    if (answer.ok) remember(template, text)
    return { status: answer.status, type: answer.headers.get('content-type') ?? '', text }
  }

  const validators = new Map<string, ReturnType<typeof ajv.compile>>()
  /** What is wrong with an answer, or nothing. */
  function faultOf(
    { name, operation }: Route,
    { status, type, text }: Awaited<ReturnType<typeof send>>,
  ): string | undefined {
    if (status === 500) return 'an error of ours'
    const described = operation.responses[status]
    // What no route was found for is answered before any route's own rules; so is a path that can't be decoded.
    if (!described) return status === 404 || status === 400 ? undefined : 'a status that the document lacks'
    if (!type.startsWith('application/json') || text === '') return undefined
    const schema = described.content?.['application/json']?.schema
    if (!schema) return 'a body that the document lacks'
    const key = `${name} ${status}`
    const validate = validators.get(key) ?? ajv.compile({ ...schema, components: { schemas } })
    validators.set(key, validate)
    return validate(JSON.parse(text)) ? undefined : ajv.errorsText(validate.errors)
  }

  test('are all answered as it says, whatever is in them', async () => {
    const faults: string[] = []
    for (const route of routes) {
      for (const sent of fc.sample(requestsOf(route), { seed, numRuns: perRoute })) {
        const answer = await send(route, sent).catch((error) => ({ status: 500, type: '', text: String(error) }))
        const fault = faultOf(route, answer)
        if (fault)
          faults.push(
            `${route.name}: ${answer.status}, ${fault}\n  ${sent.path.slice(0, 300)}\n  ${sent.body?.slice(0, 400)}\n  ${answer.text.slice(0, 300)}`,
          )
      }
    }
    assert.deepEqual(faults, [], faults.join('\n'))
  })
})

const textOf = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''))
/** As programs that know no Unicode do: a lone surrogate has no encoding. */
const encoded = (value: unknown): string => encodeURIComponent(textOf(value).toWellFormed())
