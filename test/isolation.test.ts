import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { isEnough, type Role } from '../src/modules/mail/mailboxes/roles.ts'
import { roleOf } from '../src/modules/mail/mailboxes/route-roles.ts'
import { type Operation, operationsOf, withMember } from './fixtures/api-operations.ts'
import { type MailboxApp, startMailboxApp } from './fixtures/mailbox-app.ts'
import {
  answeredEach,
  aRule,
  bodies,
  byAddress,
  type Ids,
  kinds,
  ofSomeActions,
  openQueries,
  outward,
  ownByName,
  queries,
  requiredHeaders,
} from './fixtures/walked-routes.ts'
import { keepTokens } from './harness/issuer.ts'

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
    app = await startMailboxApp({
      ...{ ULTID_RATE_LIMIT_SIGN_IN: '10000', MAIL_ATTACHMENT_MAX_BYTES: '200000', MAIL_IMPORT_MAX_BYTES: '200000' },
      ...provider,
    })
    const all = operationsOf((await app.request('GET', '/api/v1/openapi.json')).body)
    // Administration is about what is others': admin-access.test.ts says who is let in.
    operations = all.filter(({ path }) => !path.startsWith('/api/v1/admin/'))
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
    const create = async (path: string, body?: object) => {
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
    const label = { owner_id: mailbox.ownerId, id: crypto.randomUUID(), name: word, color: '#808080', keyword: word }
    await app.database.insertInto('mail_label').values(label).execute()
    const act = { as: user, body: { action: 'pin', message_ids: [message] } }
    const { act_id } = (await app.request('POST', '/api/v1/mail/acts', act)).body
    const bulk = await app.request('PUT', `/api/v1/mail/folders/${mailbox.archive}/read`, { as: user })
    const preference = `${word}.settings`
    const kept = await app.request('PUT', `/api/v1/account/preferences/${preference}`, { as: user, body: { word } })
    assert.equal(kept.status, 201)
    const webhooks = '/api/v1/mail/webhooks'
    const webhook = await create(webhooks, { url: `https://127.0.0.1/${word}`, event_types: ['*'], description: word })
    const rules = '/api/v1/mail/rules'
    const rule = await create(rules, { ...aRule, name: word, mail_account_id: mailbox.mailAccountId })
    await create(`${rules}/${rule}/application`, {})
    const target = { email: `${word}@elsewhere.test`, mail_account_id: mailbox.mailAccountId }
    const friend = { person_id: await app.ownerOf(`friend of ${user}`), role: 'read' }
    const grants = `/api/v1/mail/accounts/${mailbox.mailAccountId}/grants`
    const grant = await app.request('PUT', grants, { as: user, body: friend })
    assert.equal(grant.status, 200, JSON.stringify(grant.body))
    return {
      rule,
      grant: grant.body.id as string,
      simulation: await create(`${rules}/simulation`, { condition: aRule.condition, actions: aRule.actions }),
      target: await create('/api/v1/mail/forward-targets', target),
      webhook,
      webhookSecret: await create(`${webhooks}/${webhook}/secrets`, {}),
      delivery: await create(`${webhooks}/${webhook}/test`),
      replay: await create(`${webhooks}/${webhook}/replays`, { from: '2026-05-23T09:00:00Z' }),
      ...{ mailAccount: mailbox.mailAccountId, folder: mailbox.inbox, message, attachment: attachment.part },
      draft: await create('/api/v1/mail/drafts', { mail_account_id: mailbox.mailAccountId, to, subject: word }),
      // The one that the account began with.
      identity: mailbox.mailAccountId,
      savedSearch: await create('/api/v1/search/saved', { name: word, q: word }),
      template: await create('/api/v1/mail/templates', { name: word, subject: word }),
      upload: await create(`/api/v1/mail/uploads/content?filename=${word}.txt`, { word }),
      import: await create('/api/v1/mail/imports', { folder_id: mailbox.inbox, format: 'mbox', filename: word }),
      outbox: await create('/api/v1/mail/messages', { mail_account_id: mailbox.mailAccountId, to, subject: word }),
      token: await create('/api/v1/account/tokens', { name: word, permissions: ['mail:read'] }),
      image: `${word}.no.image`,
      ...{
        session: session.id,
        label: label.id,
        act: act_id as string,
        bulkAct: bulk.body.id as string,
        blockedSender: await create('/api/v1/mail/blocked-senders', { sender: `${word}@pest.test` }),
        preference,
      },
    }
  }

  const mustKnow = (operation: Operation, what: string): never =>
    assert.fail(`${operation.name} is new to this walk: teach it ${what}, in test/fixtures/walked-routes.ts.`)

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
      ...operation.bodyIds.filter((name) => !ofSomeActions[operation.name]?.includes(name)).map(slot('body')),
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

  const keptToken = keepTokens((user) => app.token(user))
  async function send(
    { method, ...operation }: Operation,
    user: string,
    idOf: (slot: Slot) => string,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const { path, body } = requestOf({ method, ...operation }, idOf)
    const answer = await fetch(new URL(path, app.url), {
      ...{ method, redirect: 'manual' },
      headers: {
        authorization: `Bearer ${await keptToken(user)}`,
        ...headers,
        ...Object.fromEntries(operation.requiredHeaders.map((name) => [name, requiredHeaders[name] ?? ''])),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const type = answer.headers.get('content-type') ?? ''
    const text = type.startsWith('text/event-stream') ? await beginningOf(answer) : await answer.text()
    const isJson = type.startsWith('application/json')
    const heard = JSON.stringify([...answer.headers]) + text
    return { status: answer.status, heard, body: isJson ? JSON.parse(text) : undefined }
  }
  const isCalled = ({ name }: Operation) => name !== outward
  const withIds = () => operations.filter((operation) => slotsOf(operation).length > 0 && operation.name !== byAddress)

  function assertNothingOfOwner(operation: Operation, answer: Answer): void {
    // A part number and a key are no secrets of one person.
    const { attachment: _part, preference: _key, ...secret } = ids.owner
    for (const word of ['finch', ...Object.values(secret)]) {
      assert(!answer.heard.toLowerCase().includes(word), `${operation.name} shows ${word}: ${answer.heard}`)
    }
  }

  async function assertRefused(operation: Operation, answer: Answer, slots: Slot[]): Promise<void> {
    const where = `${operation.name} with somebody else's ${slots.map(({ name }) => name)}: ${answer.status} ${answer.heard}`
    if (slots.every(({ name }) => answeredEach[operation.name]?.test(name))) {
      // An id is given back to who sent it.
      const failed = answer.body.items.filter((item: { error: { code: string } | null }) => item.error)
      assert.deepEqual([answer.status, failed.length, failed[0]?.error.code], [200, slots.length, 'not_found'], where)
      return assert(!answer.heard.includes('finch'), where)
    }
    assertNothingOfOwner(operation, answer)
    const isByName = slots.every(({ kind }) => kind === 'preference') && ownByName[operation.name]
    if (isByName) return assert.equal(answer.status, isByName, where)
    const isDocumented = answer.status === 422 && operation.unprocessable.includes(answer.body?.code)
    if (!isDocumented) assert.deepEqual([answer.status, answer.body?.code], [404, 'not_found'], where)
  }

  async function everythingOfOwner(): Promise<unknown[]> {
    const reading = operations.filter(
      ({ method, name }) => method === 'GET' && !/raw$|attachments|export|metrics|ready/.test(name),
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

  suite('in a mailbox in which somebody has a role', () => {
    const held = ['read', 'send', 'manage'] as const
    const inMail = (): { operation: Operation; needed: string }[] =>
      operations
        .filter(({ path, isPublic }) => path.startsWith('/api/v1/mail/') && !isPublic)
        .map((operation) => {
          const route = `${operation.method} ${operation.path.slice('/api/v1/mail'.length).replaceAll(/\{(\w+)\}/g, ':$1')}`
          const needed = roleOf(route, bodies[operation.name])
          assert(needed, `${operation.name} takes no role that src/modules/mail/mailboxes/route-roles.ts knows`)
          return { operation, needed }
        })
        .filter(({ needed }) => needed !== 'own')
    // What names nothing of the mailbox says by the header which one it means.
    const ask = (operation: Operation, user: string) =>
      send(operation, user, ({ kind }) => ids.owner[kind], { 'mail-account': ids.owner.mailAccount })

    before(async () => {
      const owner = await app.ownerOf('owner')
      await app.database.insertInto('mail_mailbox').values({ owner_id: owner }).execute()
      for (const role of held) {
        const body = { person_id: await app.ownerOf(role), role }
        const given = await app.request('PUT', `/api/v1/admin/shared-mailboxes/${owner}/grants`, { as: 'admin', body })
        assert.equal(given.status, 200, JSON.stringify(given.body))
      }
    })
    after(async () => {
      const owner = await app.ownerOf('owner')
      await app.database.deleteFrom('mail_mailbox').where('owner_id', '=', owner).execute()
    })

    test('every route that takes a greater role is refused', async () => {
      for (const { operation, needed } of inMail()) {
        for (const role of held.filter((one) => !isEnough(one, needed as Role))) {
          const { status, body, heard } = await ask(operation, role)
          assert.deepEqual([status, body?.code], [403, 'mail.role_too_small'], `${operation.name} as ${role}: ${heard}`)
        }
      }
    })

    test('everything that the role allows to be read is there', async () => {
      for (const { operation, needed } of inMail().filter(({ operation: { method } }) => method === 'GET')) {
        if (/raw$|attachments|export/.test(operation.path)) continue
        const role = held.find((one) => isEnough(one, needed as Role)) ?? 'manage'
        const { status, heard } = await ask(operation, role)
        assert.equal(status, 200, `${operation.name} as ${role}: ${heard}`)
      }
    })

    test('a stranger finds no such thing on any route, whichever way they name it', async () => {
      for (const { operation } of inMail()) {
        const { status, body, heard } = await ask(operation, 'intruder')
        assert.deepEqual([status, body?.code], [404, 'not_found'], `${operation.name}: ${heard}`)
      }
    })
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

  test('300 KB of JSON are too much for every route, 5 MB for drafts, which quote whole messages', async () => {
    for (const operation of operations.filter(({ method }) => ['POST', 'PATCH', 'PUT'].includes(method))) {
      const path = operation.pathNames.reduce(
        (rest, name) => rest.replace(`{${name}}`, ids.intruder[kindOf(operation, name)]),
        operation.path,
      )
      const kilobytes = /\/drafts(\/\{draft_id\})?$/.test(operation.path) ? 5000 : 300
      const body = JSON.stringify({ text: 'x'.repeat(kilobytes * 1024) })
      const answer = await app.request(operation.method, path, { as: 'intruder', body })
      assert.deepEqual([answer.status, answer.body?.code], [400, 'request_body_too_large'], operation.name)
    }
  })
})

/** When something was last used differs between two looks at it. */
const withoutClock = (body: unknown): unknown =>
  JSON.parse(JSON.stringify(body ?? null, (key, value) => (/^last_used_at$|trace_id/.test(key) ? undefined : value)))

/** What a stream without an end begins with. */
async function beginningOf(answer: Response): Promise<string> {
  const reader = answer.body?.getReader()
  const { value } = (await reader?.read()) ?? {}
  await reader?.cancel()
  return Buffer.from(value ?? []).toString()
}
