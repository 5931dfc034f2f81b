import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { type Operation, operationsOf, withMember } from './fixtures/api-operations.ts'
import { type MailboxApp, startMailboxApp } from './fixtures/mailbox-app.ts'

/**
 * What a route that is new here needs: a kind for each of its ids, and a value for what else it requires. Where a name
 * alone does not say which thing it is, the route does.
 */
const kinds: Readonly<Record<string, keyof Ids>> = {
  mail_account_id: 'mailAccount',
  folder_id: 'folder',
  parent_id: 'folder',
  message_id: 'message',
  in_reply_to_message_id: 'message',
  // A message that no other one belongs to is a thread of its own.
  thread_id: 'message',
  attachment_id: 'attachment',
  outbox_id: 'outbox',
  '/api/v1/account/tokens/{id}': 'token',
  '/api/v1/account/sessions/{id}': 'session',
  '/api/v1/account/preferences/{key}': 'preference',
}
const queries: Readonly<Record<string, string>> = { q: 'zebrafinch', state: 'unknown' }
const server = { host: '127.0.0.1', port: 1, security: 'none', username: 'nobody', password: 'nothing' }
const bodies: Readonly<Record<string, object>> = {
  'POST /api/v1/auth/backchannel-logout': { logout_token: 'none' },
  'PATCH /api/v1/account/': { locale: 'en' },
  'PUT /api/v1/account/preferences/{key}': { theme: 'dark' },
  'POST /api/v1/account/tokens': { name: 'A program', permissions: ['mail:read'] },
  'POST /api/v1/mail/accounts': { email: 'nobody@example.test', imap: server, smtp: server },
  'PATCH /api/v1/mail/accounts/{mail_account_id}': { name: 'A name' },
  'POST /api/v1/mail/folders': { name: 'A folder' },
  'PATCH /api/v1/mail/folders/{folder_id}': { is_subscribed: false },
  'POST /api/v1/mail/messages': { to: [{ email: 'friend@example.test' }], subject: 'Hello', text: 'Hello.' },
  'PATCH /api/v1/mail/messages/{message_id}': { is_starred: true },
  'POST /api/v1/mail/oauth/authorizations': { provider: 'school', email: 'pupil@school.test', return_to: '/' },
}
/** It asks servers all over the world, and takes no id. */
const outward = 'POST /api/v1/mail/accounts/discovery'
/** A key that a front end chose is the key of each person's own document. */
const ownByName: Readonly<Record<string, number>> = {
  'PUT /api/v1/account/preferences/{key}': 201,
  'DELETE /api/v1/account/preferences/{key}': 204,
}
/** RFC 6749 §4.1.2: what issuers add to the way back is ignored. */
const openQueries = ['/api/v1/auth/callback', '/api/v1/mail/oauth/callback']

type Ids = Record<
  'mailAccount' | 'folder' | 'message' | 'attachment' | 'outbox' | 'token' | 'session' | 'preference',
  string
>
type Answer = {
  status: number
  /** All of it: headers, and the body as text. */
  heard: string
  // biome-ignore lint/suspicious/noExplicitAny: answers are read member by member, and asserted on
  body: any
}
type Slot = { where: 'path' | 'query' | 'body'; name: string; kind: keyof Ids }

const provider = {
  MAIL_OAUTH_PROVIDERS: 'school',
  MAIL_OAUTH_SCHOOL_CLIENT_ID: 'ulti',
  MAIL_OAUTH_SCHOOL_AUTHORIZATION_ENDPOINT: 'https://id.school.test/authorize',
  MAIL_OAUTH_SCHOOL_TOKEN_ENDPOINT: 'https://id.school.test/token',
  MAIL_OAUTH_SCHOOL_SCOPES: 'mail',
  MAIL_OAUTH_SCHOOL_DOMAINS: 'school.test',
  MAIL_OAUTH_SCHOOL_IMAP: 'imap.school.test:993',
  MAIL_OAUTH_SCHOOL_SMTP: 'smtp.school.test:465',
}

suite('every route of the API', () => {
  let app: MailboxApp
  let operations: Operation[]
  /** The owner's data are full of zebrafinches; the intruder has the same kinds of things, and none of those. */
  let ids: { owner: Ids; intruder: Ids }

  before(async () => {
    app = await startMailboxApp({ ULTID_RATE_LIMIT_SIGN_IN: '10000', ...provider })
    operations = operationsOf((await app.request('GET', '/api/v1/openapi.json')).body)
    ids = { owner: await fill('owner', 'zebrafinch', 2), intruder: await fill('intruder', 'sparrow', 3) }
  })
  after(() => app.close())

  async function fill(user: string, word: string, attachmentPart: number): Promise<Ids> {
    const mailbox = await app.mailboxOf(user)
    const place = { type: 'application/pdf', encoding: 'base64', charset: null, size: 10, cid: null }
    const attachment = {
      ...place,
      part: `${attachmentPart}`,
      disposition: 'attachment' as const,
      filename: `${word}.pdf`,
    }
    const message = await app.addMessage(mailbox, {
      ...{ folderId: mailbox.inbox, subject: `A ${word}`, from: { name: word, email: `${word}@example.test` } },
      ...{ text: `The ${word} sings.`, html: `<p>The ${word} sings.</p>`, parts: [attachment] },
    })
    const create = async (path: string, body: object) => {
      const answer = await app.request('POST', path, { as: user, body })
      assert([201, 202].includes(answer.status), `${path}: ${JSON.stringify(answer.body)}`)
      return answer.body.id as string
    }
    const to = [{ email: `${word}@example.test` }]
    const session = { owner_id: mailbox.ownerId, id: crypto.randomUUID(), user_agent: word }
    await app.database
      .insertInto('session')
      .values({ ...session, secret_hash: Buffer.from(word), expires_at: new Date(Date.now() + 3_600_000) })
      .execute()
    const preference = `${word}.settings`
    const kept = await app.request('PUT', `/api/v1/account/preferences/${preference}`, { as: user, body: { word } })
    assert.equal(kept.status, 201)
    return {
      ...{ mailAccount: mailbox.mailAccountId, folder: mailbox.inbox, message, attachment: attachment.part },
      outbox: await create('/api/v1/mail/messages', { mail_account_id: mailbox.mailAccountId, to, subject: word }),
      token: await create('/api/v1/account/tokens', { name: word, permissions: ['mail:read'] }),
      ...{ session: session.id, preference },
    }
  }

  const mustKnow = (operation: Operation, what: string): never =>
    assert.fail(`${operation.name} is new to this walk: teach it ${what}, at the top of this file.`)

  const kindOf = (operation: Operation, name: string): keyof Ids =>
    kinds[operation.path] ?? kinds[name] ?? mustKnow(operation, `what kind of thing "${name}" names`)

  function slotsOf(operation: Operation): Slot[] {
    const slot = (where: Slot['where']) => (name: string) => {
      const member = name.split('.').findLast((part) => part !== '0') ?? name
      return { where, name, kind: kindOf(operation, where === 'body' ? member : name) }
    }
    return [
      ...operation.pathNames.map(slot('path')),
      ...operation.query.filter(({ isId }) => isId).map(({ name }) => slot('query')(name)),
      ...operation.bodyIds.map(slot('body')),
    ]
  }

  /** A request that fits `operation`, with ids by slot. */
  function requestOf(operation: Operation, idOf: (slot: Slot) => string): { path: string; body?: unknown } {
    const slots = slotsOf(operation)
    const url = new URL(operation.path.replaceAll(/[{}]/g, '_'), 'http://walk.test')
    for (const slot of slots.filter(({ where }) => where === 'path')) {
      url.pathname = url.pathname.replace(`_${slot.name}_`, encodeURIComponent(idOf(slot)))
    }
    for (const slot of slots.filter(({ where }) => where === 'query')) url.searchParams.set(slot.name, idOf(slot))
    for (const { name, isId, isRequired } of operation.query) {
      if (isRequired && !isId) url.searchParams.set(name, queries[name] ?? mustKnow(operation, `a value for "${name}"`))
    }
    const path = url.pathname + url.search
    if (!operation.hasBody) return { path }
    const sample: unknown = bodies[operation.name] ?? mustKnow(operation, 'a body')
    const ofBody = slots.filter(({ where }) => where === 'body')
    return { path, body: ofBody.reduce((body, slot) => withMember(body, slot.name, idOf(slot)), sample) }
  }

  async function send(
    { method, ...operation }: Operation,
    user: string,
    idOf: (slot: Slot) => string,
  ): Promise<Answer> {
    const { path, body } = requestOf({ method, ...operation }, idOf)
    const answer = await fetch(new URL(path, app.url), {
      ...{ method, redirect: 'manual' },
      headers: {
        authorization: `Bearer ${await app.token(user)}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    const isJson = answer.headers.get('content-type')?.startsWith('application/json')
    const heard = JSON.stringify([...answer.headers]) + text
    return { status: answer.status, heard, body: isJson ? JSON.parse(text) : undefined }
  }
  const isCalled = ({ name }: Operation) => name !== outward
  const withIds = () => operations.filter((operation) => slotsOf(operation).length > 0)

  function assertNothingOfOwner(operation: Operation, answer: Answer): void {
    // A part number and a key are no secrets of one person.
    const { attachment: _part, preference: _key, ...secret } = ids.owner
    for (const word of ['finch', ...Object.values(secret)]) {
      assert(!answer.heard.toLowerCase().includes(word), `${operation.name} shows ${word}: ${answer.heard}`)
    }
  }

  async function assertRefused(operation: Operation, answer: Answer, slots: Slot[]): Promise<void> {
    const where = `${operation.name} with somebody else's ${slots.map(({ name }) => name)}: ${answer.status} ${answer.heard}`
    assertNothingOfOwner(operation, answer)
    const isByName = slots.every(({ kind }) => kind === 'preference') && ownByName[operation.name]
    if (isByName) return assert.equal(answer.status, isByName, where)
    const isDocumented = answer.status === 422 && operation.unprocessable.includes(answer.body?.code)
    if (!isDocumented) assert.deepEqual([answer.status, answer.body?.code], [404, 'not_found'], where)
  }

  async function everythingOfOwner(): Promise<unknown[]> {
    const reading = operations.filter(
      ({ method, name }) => method === 'GET' && !/raw$|attachments|metrics|ready/.test(name),
    )
    const answers = await Promise.all(
      reading.map((operation) => send(operation, 'owner', ({ kind }) => ids.owner[kind])),
    )
    return answers.map(({ status, body }) => [status, withoutClock(body)])
  }

  test('an id of somebody else is answered as if there were no such thing, and changes nothing', async () => {
    const before = await everythingOfOwner()
    assert.match(JSON.stringify(before), /zebrafinch/)
    for (const operation of withIds()) {
      const slots = slotsOf(operation)
      const combinations = slots.length > 1 ? [...slots.map((slot) => [slot]), slots] : [slots]
      for (const foreign of combinations) {
        const idOf = (slot: Slot) =>
          ids[foreign.some(({ name }) => name === slot.name) ? 'owner' : 'intruder'][slot.kind]
        await assertRefused(operation, await send(operation, 'intruder', idOf), foreign)
      }
    }
    assert.deepEqual(await everythingOfOwner(), before)
  })

  test('what somebody is shown of their own has nothing of anybody else in it', async () => {
    // An id is enough to be seen by its owner: what is checked above was there.
    const last = (operation: Operation) => operation.method === 'DELETE' || /logout$/.test(operation.path)
    for (const operation of operations.filter(isCalled).filter((one) => !last(one))) {
      assertNothingOfOwner(operation, await send(operation, 'intruder', ({ kind }) => ids.intruder[kind]))
    }
  })

  test('the same requests by the owner do find what they name', async () => {
    // Accounts last: all the rest goes with them.
    const order = ({ method, path }: Operation) =>
      method === 'DELETE' ? 1000 - path.length + (path.endsWith('/accounts/{mail_account_id}') ? 1000 : 0) : 0
    const isPerToken = ({ path }: Operation) => path.endsWith('/pause')
    for (const operation of withIds().toSorted((one, other) => order(one) - order(other))) {
      const { status, heard } = await send(operation, 'owner', ({ kind }) => ids.owner[kind])
      assert(status !== 404 || isPerToken(operation), `${operation.name}: ${status} ${heard}`)
    }
  })

  test('nobody is let in without a token, or with one that has expired', async () => {
    const expired = await app.issuer.token({ sub: 'owner' }, { expiresInSeconds: -60 })
    for (const operation of operations.filter(({ isPublic }) => !isPublic)) {
      const { path, body } = isCalled(operation)
        ? requestOf(operation, ({ kind }) => ids.intruder[kind])
        : { path: operation.path, body: { email: 'nobody@example.test' } }
      const missing = await app.request(operation.method, path, { body })
      assert.deepEqual([missing.status, missing.body?.code], [401, 'auth.missing_token'], operation.name)
      const headers = { authorization: `Bearer ${expired}` }
      const late = await app.request(operation.method, path, { body, headers })
      assert.deepEqual([late.status, late.body?.code], [401, 'auth.expired_token'], operation.name)
    }
  })

  test('a query parameter that no route knows is refused by name', async () => {
    for (const operation of operations.filter(({ method, path }) => method === 'GET' && !openQueries.includes(path))) {
      const { path } = requestOf(operation, ({ kind }) => ids.intruder[kind])
      const unknown = `${path}${path.includes('?') ? '&' : '?'}colour=blue`
      const answer = await app.request('GET', unknown, { as: 'intruder' })
      assert.deepEqual([answer.status, answer.body?.code], [400, 'invalid_request_body'], operation.name)
      assert.match(answer.body.details[0].path, /colour/, operation.name)
    }
  })

  test('300 KB of JSON are too much for every route', async () => {
    const body = JSON.stringify({ text: 'x'.repeat(300 * 1024) })
    for (const operation of operations.filter(({ method }) => ['POST', 'PATCH', 'PUT'].includes(method))) {
      const path = operation.pathNames.reduce(
        (rest, name) => rest.replace(`{${name}}`, ids.intruder[kindOf(operation, name)]),
        operation.path,
      )
      const answer = await app.request(operation.method, path, { as: 'intruder', body })
      assert.deepEqual([answer.status, answer.body?.code], [400, 'request_body_too_large'], operation.name)
    }
  })
})

/** When something was last used differs between two looks at it. */
const withoutClock = (body: unknown): unknown =>
  JSON.parse(JSON.stringify(body ?? null, (key, value) => (/^last_used_at$|trace_id/.test(key) ? undefined : value)))
