import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { type MailboxApp, type MailboxOwner, startMailboxApp } from '../../../../test/fixtures/mailbox-app.ts'

suite('identities, signatures and templates', () => {
  let app: MailboxApp
  let alice: MailboxOwner

  before(async () => {
    app = await startMailboxApp()
    alice = await app.mailboxOf('alice')
  })
  after(() => app.close())

  const call = (method: string, path: string, body?: object, headers: Record<string, string> = {}) =>
    app.request(method, `/api/v1/mail${path}`, { as: 'alice', headers, ...(body && { body }) })
  const made = async (path: string, body: object) => {
    const answer = await call('POST', path, body)
    assert.equal(answer.status, 201, JSON.stringify(answer.body))
    return answer.body
  }
  const identity = (body: object = {}) =>
    made('/identities', { mail_account_id: alice.mailAccountId, email: 'info@alias.test', ...body })
  const draft = (body: object = {}) => made('/drafts', { mail_account_id: alice.mailAccountId, ...body })

  test('an account begins with its own address, which follows its name until it is given one', async () => {
    const own = (await call('GET', `/identities/${alice.mailAccountId}`)).body
    assert.deepEqual([own.email, own.is_default], [`${alice.mailAccountId}@example.test`, true])
    const rename = (name: string) =>
      app.database.updateTable('mail_account').set({ name }).where('id', '=', alice.mailAccountId).execute()
    const name = async () => (await call('GET', `/identities/${alice.mailAccountId}`)).body.name
    await rename('Alice A.')
    assert.equal(await name(), 'Alice A.')
    assert.equal((await call('PATCH', `/identities/${alice.mailAccountId}`, { name: 'Alice' })).status, 200)
    await rename('Alice B.')
    assert.equal(await name(), 'Alice')
  })

  test('an alias has a name, a signature in both forms and an address for answers', async () => {
    const made = await identity({
      name: 'Info\r\nBcc: x',
      reply_to: [{ email: 'Answers@BÜCHER.example' }],
      signature_html: '<p>Kind regards<br>Alice</p>',
    })
    assert.deepEqual([made.name, made.is_default], ['Info Bcc: x', false])
    assert.deepEqual(made.reply_to, [{ name: '', email: 'Answers@xn--bcher-kva.example' }])
    assert.equal(made.signature_text, 'Kind regards\nAlice')
    const shown = await call('GET', `/identities/${made.id}`)
    assert.deepEqual(shown.body, made)
    const etag = shown.headers.get('etag') ?? ''
    const changed = await call('PATCH', `/identities/${made.id}`, { name: 'Info' }, { 'if-match': etag })
    assert.deepEqual([changed.status, changed.body.signature_text], [200, 'Kind regards\nAlice'])
    const stale = await call('PATCH', `/identities/${made.id}`, { name: 'X' }, { 'if-match': etag })
    assert.deepEqual([stale.status, stale.body.code], [412, 'etag_mismatch'])
    const none = await call('POST', '/identities', { mail_account_id: alice.mailAccountId, email: 'a b@x.test' })
    assert.deepEqual([none.status, none.body.details[0].path], [400, 'body.email'])
  })

  test('one identity of an account is its default, whatever is made, chosen at once or deleted', async () => {
    const bob = await app.mailboxOf('bob')
    const as = (method: string, path: string, body?: object) =>
      app.request(method, `/api/v1/mail${path}`, { as: 'bob', ...(body && { body }) })
    const more = { mail_account_id: bob.mailAccountId, email: 'b@alias.test' }
    const ids = [bob.mailAccountId]
    for (let count = 0; count < 3; count++) ids.push((await as('POST', '/identities', more)).body.id)
    await Promise.all(ids.map((id) => as('PATCH', `/identities/${id}`, { is_default: true })))
    const listed = async (): Promise<{ id: string; is_default: boolean }[]> =>
      (await as('GET', `/identities?mail_account_id=${bob.mailAccountId}`)).body.items
    for (let left = await listed(); left.length > 1; left = await listed()) {
      const [chosen, ...others] = left.filter((one) => one.is_default)
      assert.ok(chosen && others.length === 0)
      assert.equal((await as('DELETE', `/identities/${chosen.id}`)).status, 204)
    }
    const last = await as('DELETE', `/identities/${(await listed())[0]?.id}`)
    assert.deepEqual([last.status, last.body.code], [409, 'mail.identity_needed'])
  })

  test('a draft begins with the signature of its identity, and changes it with that', async () => {
    const one = await identity({ signature_html: '<b>One $&</b>', signature_text: 'One $&' })
    const other = await identity({ signature_text: 'Other\n<2>' })
    const begun = await draft({ identity_id: one.id })
    assert.equal(begun.html, '<div><br></div><div class="ulti-signature"><b>One $&</b></div>')
    assert.equal(begun.text, '\n\n-- \nOne $&')
    const headers = { 'if-match': begun.etag }
    const { body: changed } = await call('PATCH', `/drafts/${begun.id}`, { identity_id: other.id }, headers)
    assert.equal(changed.html, '<div><br></div><div class="ulti-signature">Other<br>&lt;2&gt;</div>')
    assert.equal(changed.text, '\n\n-- \nOther\n<2>')
    assert.equal(changed.from.email, 'info@alias.test')
    const plain = await draft({ identity_id: one.id, has_signature: false })
    assert.deepEqual([plain.text, plain.html], [null, null])
    const written = await draft({ identity_id: one.id, text: 'Mine' })
    assert.deepEqual([written.text, written.html], ['Mine', null])
  })

  test('a draft under an identity that is gone is under the default of its account', async () => {
    const gone = await identity({ name: 'Gone' })
    const begun = await draft({ identity_id: gone.id })
    assert.equal((await call('DELETE', `/identities/${gone.id}`)).status, 204)
    assert.equal((await call('GET', `/drafts/${begun.id}`)).body.identity_id, alice.mailAccountId)
  })

  test('a template is filled with values that cannot bring markup', async () => {
    const template = await made('/templates', {
      name: 'Order',
      subject: 'Order {{ Number }}\r\nfor {{recipient.name}}',
      text: 'Dear {{recipient.name}},\n{{number}} is sent. {{sender.name}}',
      html: '<p>{{recipient.name}}: <b>{{number}}</b></p>',
    })
    assert.deepEqual(template.variables, ['number', 'recipient.name', 'sender.name'])
    const values = { number: '<1>\n2', 'recipient.name': 'Bob $&', 'sender.name': 'A' }
    const { body: filled } = await call('POST', `/templates/${template.id}/filled`, { variables: values })
    assert.equal(filled.html, '<p>Bob $&amp;: <b>&lt;1&gt;<br>2</b></p>')
    assert.equal(filled.text, 'Dear Bob $&,\n<1>\n2 is sent. A')
    const signed = await identity({ name: 'Alice', signature_text: 'Al' })
    const begun = await draft({
      ...{ identity_id: signed.id, template_id: template.id, variables: { NUMBER: '7' } },
      to: [{ name: 'Bob', email: 'bob@example.test' }],
    })
    assert.equal(begun.subject, 'Order 7 for Bob')
    assert.equal(begun.text, 'Dear Bob,\n7 is sent. Alice\n\n-- \nAl')
    assert.equal(begun.html, '<p>Bob: <b>7</b></p><div><br></div><div class="ulti-signature">Al</div>')
    const missing = await call('POST', '/drafts', { mail_account_id: alice.mailAccountId, template_id: template.id })
    assert.deepEqual([missing.status, missing.body.code], [422, 'mail.template_variables_missing'])
    assert.deepEqual(
      missing.body.details.map(({ path }: { path: string }) => path),
      ['body.variables.number', 'body.variables.recipient.name'],
    )
  })

  test('templates have names of their own, and versions', async () => {
    const template = await made('/templates', { name: 'Hello', text: 'Hi' })
    const taken = await call('POST', '/templates', { name: 'HELLO' })
    assert.deepEqual([taken.status, taken.body.code], [409, 'mail.template_exists'])
    const other = await made('/templates', { name: 'Other' })
    const renamed = await call('PATCH', `/templates/${other.id}`, { name: 'hello' })
    assert.deepEqual([renamed.status, renamed.body.code], [409, 'mail.template_exists'])
    const etag = (await call('GET', `/templates/${template.id}`)).headers.get('etag') ?? ''
    const change = (text: string) => call('PATCH', `/templates/${template.id}`, { text }, { 'if-match': etag })
    assert.deepEqual([(await change('A')).status, (await change('B')).status], [200, 412])
    const names = async () => (await call('GET', '/templates')).body.items.map(({ name }: { name: string }) => name)
    assert.ok((await names()).includes('Hello'))
    assert.equal((await call('DELETE', `/templates/${template.id}`)).status, 204)
    assert.ok(!(await names()).includes('Hello'))
  })
})
