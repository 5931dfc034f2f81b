import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import { readApiDocument } from './harness/api-document.ts'
import { startTestApp } from './harness/app.ts'
import { nextcloudSettings } from './harness/nextcloud.ts'

type Schema = { [keyword: string]: unknown }
type Media = { schema: Schema; example?: unknown; examples?: { [name: string]: { value: unknown } } }
type Operation = {
  operationId?: string
  summary?: string
  tags?: string[]
  security?: object[]
  parameters?: ({ name: string; in: string; required?: boolean } & Media)[]
  requestBody?: { content: { [type: string]: Media } }
  responses: { [status: string]: { description: string; content?: { [type: string]: Media } } }
}
type Document = {
  openapi: string
  info: { title: string; version: string }
  servers: { url: string }[]
  paths: { [path: string]: { [method: string]: Operation } }
  tags: { name: string; description?: string }[]
  components: { securitySchemes: object; schemas?: object }
}

/** What lies behind a link of the drive, whose token is all that it takes. */
const publicLink = '/api/v1/drive/public/{token}'

/** What anybody may ask without a credential. Whatever else is public has to be added here on purpose. */
const publicOperations = new Set([
  ...['get /healthz', 'get /readyz', 'get /metrics', 'get /api/v1/modules'],
  ...['get /api/v1/photos/shared/{code}', 'post /api/v1/photos/shared/{code}/unlocking'],
  ...['', '/{asset_id}/thumbnail', '/{asset_id}/original', '/{asset_id}/video'].map(
    (rest) => `get /api/v1/photos/shared/{code}/assets${rest}`,
  ),
  ...['get', 'post'].map((method) => `${method} /api/v1/meet/join/{code}`),
  ...['get /api/v1/meet/join/{code}/guests/{guest_id}', 'get /api/v1/meet/keys/{name}'],
  ...['get /api/v1/mail/oauth/callback', 'get /api/v1/mail/images/{token}'],
  ...['get', 'post access', 'get items', 'get content', 'get content/{path}', 'put content/{path}', 'get archive'].map(
    (one) => one.replace(/^(\w+) ?(.*)$/, (_, method, rest) => `${method} ${publicLink}${rest && `/${rest}`}`),
  ),
  ...['get /api/v1/auth/login', 'get /api/v1/auth/callback', 'post /api/v1/auth/backchannel-logout'],
])

/** What may be done in a meeting is named as Jitsi's tokens name it. */
const namesOfJitsi = new Set(['create-polls', 'file-upload', 'outbound-call', 'send-groupchat'])

suite('the API document', async () => {
  const photos = { IMMICH_ENABLED: 'true', IMMICH_URL: 'http://127.0.0.1:9' }
  const meetings = { JITSI_ENABLED: 'true', JWT_APP_SECRET: 'a shared secret' }
  const publicUrl = { ULTID_PUBLIC_URL: 'https://ulti.example.test' }
  const app = await startTestApp({ ...publicUrl, ...photos, ...meetings, ...(await nextcloudSettings()) })
  after(() => app.close())
  const document = await readApiDocument<Document>(app)
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation, name: `${method} ${path}` })),
  )

  test('is OpenAPI 3.1 with a title, a version and the public address', () => {
    assert.match(document.openapi, /^3\.1\.\d$/)
    assert.ok(document.info.title && document.info.version)
    assert.deepEqual(document.servers, [{ url: 'https://ulti.example.test' }])
    assert.ok(operations.length > 20)
  })

  test('tells each failure that many operations share once', async () => {
    const { components, paths } = (await app.request('GET', '/api/v1/openapi.json')).body
    const [shared, written] = [Object.keys(components.responses), JSON.stringify(paths)]
    assert.ok(shared.includes('429.rate_limited') && shared.length < operations.length, String(shared.length))
    for (const name of shared) assert.ok(written.includes(`"#/components/responses/${name}"`), name)
    assert.ok(!written.includes('"trace_id"],"properties"'), 'a failure is written where it should be referred to')
  })

  test('says under each heading what it is about, and files every operation under one', () => {
    for (const { name, description } of document.tags) assert.ok(description, name)
    const headings = document.tags.map(({ name }) => name)
    assert.deepEqual([...new Set(operations.flatMap(({ operation }) => operation.tags ?? []))].sort(), headings.sort())
  })

  test('tells of every operation what it does, under which heading, and what it answers', () => {
    for (const { operation, name } of operations) {
      assert.ok(operation.summary, `${name} has a summary`)
      assert.ok(!operation.summary?.endsWith('.'), `the summary of ${name} is a title`)
      assert.equal(operation.tags?.length, 1, `${name} has one tag`)
      const statuses = Object.keys(operation.responses)
      assert.ok(
        statuses.some((status) => /^[123]/.test(status)),
        `${name} answers something`,
      )
      for (const [status, response] of Object.entries(operation.responses)) {
        assert.match(status, /^[1-5]\d\d$/, name)
        assert.ok(response.description && response.description !== 'Default Response', `${name} ${status}`)
      }
    }
  })

  test('lets everything go on in maintenance that reads, by whatever method, and nothing that writes', () => {
    const readingPosts = operations
      .filter(({ method, path }) => method === 'post' && !/^\/api\/v1\/(auth|admin|realtime)\//.test(path))
      .filter(({ operation }) => !JSON.stringify(operation.responses['503'] ?? '').includes('"maintenance"'))
      .map(({ path }) => path.replace('/api/v1/', ''))
    assert.deepEqual(readingPosts.sort(), [
      ...['calendar/freebusy', 'calendar/freebusy/suggestions', 'drive/public/{token}/access'],
      ...['mail/accounts/discovery', 'mail/rules/from-message', 'mail/templates/{template_id}/filled'],
      ...['photos/assets/check', 'photos/search', 'photos/shared/{code}/unlocking'],
    ])
  })

  test('gives every error its codes in the one form of errors', () => {
    for (const { operation, name } of operations) {
      const errors = Object.entries(operation.responses).filter(([status]) => /^[45]/.test(status))
      assert.ok(
        errors.some(([status]) => status === '500'),
        name,
      )
      for (const [status, { content }] of errors) {
        if (name === 'get /readyz' && status === '503') continue
        const schema = content?.['application/json']?.schema as {
          properties: { code: { enum: string[] } }
          required: string[]
        }
        assert.deepEqual(schema.required, ['code', 'message', 'trace_id'], `${name} ${status}`)
        const codes = schema.properties.code.enum
        assert.ok(codes.length > 0 && new Set(codes).size === codes.length, `${name} ${status}`)
        for (const code of codes) assert.match(code, /^[a-z]+(_[a-z]+)*(\.[a-z]+(_[a-z]+)*)?$/, `${name} ${status}`)
      }
    }
  })

  test('asks for a credential everywhere but where nobody needs one', () => {
    const schemes = new Set(Object.keys(document.components.securitySchemes))
    for (const { operation, name } of operations) {
      assert.equal(Boolean(operation.security?.length), !publicOperations.has(name), name)
      for (const requirement of operation.security ?? []) {
        for (const scheme of Object.keys(requirement)) assert.ok(schemes.has(scheme), `${name}: ${scheme}`)
      }
      if (operation.security?.length) assert.ok(operation.responses['401'], name)
    }
  })

  test('really asks for it', async () => {
    for (const { path, method, operation, name } of operations) {
      if (!operation.security?.length) continue
      const address = path.replaceAll(/\{\w+\}/g, '019a0000-0000-7000-8000-000000000000')
      const { status, body } = await app.request(method.toUpperCase(), address)
      assert.deepEqual([status, body.code], [401, 'auth.missing_token'], name)
    }
  })

  test('declares each parameter of a path, and no other', () => {
    for (const { path, operation, name } of operations) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1])
      const declared = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path')
      assert.deepEqual(declared.map((parameter) => parameter.name).sort(), inPath.sort(), name)
      assert.ok(
        declared.every(({ required }) => required === true),
        name,
      )
    }
  })

  test('takes nothing unknown in a body, unless it says so', () => {
    for (const { operation, name } of operations) {
      for (const { schema } of Object.values(operation.requestBody?.content ?? {})) {
        for (const object of objectsIn(schema)) assert.notEqual(object.additionalProperties, undefined, name)
      }
    }
  })

  test('shows what a text of a certain form looks like, which errors show as well', () => {
    const bare = new Set<string>()
    for (const { operation, name } of operations) {
      const bodies = Object.values(operation.requestBody?.content ?? {}).map(({ schema }) => schema)
      // Those of a parameter stand beside its schema.
      const parameters = (operation.parameters ?? []).map(({ schema, example, examples }) => {
        const shown = [example, ...Object.values(examples ?? {}).map(({ value }) => value)]
        return { ...schema, examples: shown.filter((one) => one !== undefined) }
      })
      for (const { pattern, examples } of [...bodies, ...parameters].flatMap(patternsIn)) {
        if (pattern !== '\\S' && !examples?.length) bare.add(`${pattern} of ${name}`)
        for (const example of examples ?? []) assert.match(String(example), new RegExp(pattern, 'u'), name)
      }
    }
    assert.deepEqual([...bare], [])
  })

  test('writes members and parameters in snake_case', () => {
    for (const { operation, name } of operations) {
      const bodies = [operation.requestBody, ...Object.values(operation.responses)]
      const schemas = bodies.flatMap((body) => Object.values(body?.content ?? {}).map(({ schema }) => schema))
      const members = schemas.flatMap((schema) =>
        objectsIn(schema).flatMap(({ properties }) => Object.keys(properties)),
      )
      const parameters = (operation.parameters ?? []).filter((parameter) => parameter.in !== 'header')
      for (const member of [...members, ...parameters.map((parameter) => parameter.name)]) {
        if (!namesOfJitsi.has(member)) assert.match(member, /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/, name)
      }
    }
  })

  test('refers to nothing that is not there, and names no operation twice', () => {
    const text = JSON.stringify(document)
    for (const [, pointer = ''] of text.matchAll(/"\$ref":"#([^"]*)"/g)) {
      const target = pointer
        .split('/')
        .slice(1)
        .reduce<unknown>((at, key) => (at as Schema | undefined)?.[key], document)
      assert.ok(target, pointer)
    }
    assert.ok(!/"\$ref":"[^#]/.test(text))
    const ids = operations.flatMap(({ operation }) => operation.operationId ?? [])
    assert.equal(new Set(ids).size, ids.length)
  })

  test('shows examples that hold to their schemas, and has one of every body where all were written', () => {
    const ajv = new Ajv2020({ strict: false, allErrors: true })
    formats.default(ajv)
    for (const { operation, name } of operations) {
      const bodies = [operation.requestBody, ...answersOf(operation)]
      for (const [type, media] of bodies.flatMap((body) => Object.entries(body?.content ?? {}))) {
        const isData = type === 'application/json' || type === 'application/x-www-form-urlencoded'
        const shown = examplesOf(media)
        if (isData && withExamples.has(operation.tags?.[0] ?? '')) assert.ok(shown.length > 0, `${name} has an example`)
        for (const { schema, example } of shown) {
          const isValid = ajv.compile({ ...schema, components: document.components })
          assert.ok(isValid(example), `${name} ${JSON.stringify(example)}: ${ajv.errorsText(isValid.errors)}`)
        }
      }
    }
  })

  test('is JSON Schema that JSON can hold', () => {
    assert.deepEqual(JSON.parse(JSON.stringify(document)), document)
    for (const schema of operations.flatMap(({ operation }) => (operation.parameters ?? []).map((one) => one.schema))) {
      assert.ok(schema.type ?? schema.anyOf ?? schema.enum ?? schema.const, JSON.stringify(schema))
    }
  })
})

/** The headings under which every body has an example. */
const withExamples = new Set(['account', 'auth', 'realtime', 'search', 'operations', 'photos'])

const answersOf = ({ responses }: Operation) =>
  Object.entries(responses).flatMap(([status, response]) => (/^2/.test(status) ? [response] : []))

/** The examples of a body, and those of what its schema is made of. */
function examplesOf({ schema, example, examples = {} }: Media): { schema: Schema; example: unknown }[] {
  const whole = [...(example === undefined ? [] : [example]), ...Object.values(examples).map(({ value }) => value)]
  return [...whole.map((one) => ({ schema, example: one })), ...examplesIn(schema)]
}

function examplesIn(schema: unknown): { schema: Schema; example: unknown }[] {
  if (typeof schema !== 'object' || schema === null) return []
  const own = schema as Schema
  const shown = Array.isArray(own.examples) ? own.examples.map((example) => ({ schema: own, example })) : []
  const below = Object.entries(schema).flatMap(([key, part]) => (key === 'examples' ? [] : examplesIn(part)))
  return [...shown, ...below]
}

/** Every schema of an object with named members, at any depth. */
function objectsIn(schema: unknown): { properties: object; additionalProperties?: unknown }[] {
  if (typeof schema !== 'object' || schema === null) return []
  const own = schema as { properties?: object }
  const below = Object.values(schema).flatMap(objectsIn)
  return own.properties && typeof own.properties === 'object' && 'type' in schema
    ? [own as { properties: object }, ...below]
    : below
}

function patternsIn(schema: unknown): { pattern: string; examples?: unknown[] }[] {
  if (typeof schema !== 'object' || schema === null) return []
  const own = schema as { type?: unknown; pattern?: unknown; examples?: unknown[] }
  const below = Object.values(schema).flatMap(patternsIn)
  return own.type === 'string' && typeof own.pattern === 'string'
    ? [own as { pattern: string; examples?: unknown[] }, ...below]
    : below
}
