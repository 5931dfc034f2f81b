import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { type ConnectedMailbox, type SyncedApp, startSyncedApp } from '../../../../test/fixtures/synced-app.ts'
import { eventually } from '../../../../test/harness/eventually.ts'
import { skipWithoutDovecot } from '../../../../test/harness/servers.ts'

const png = Buffer.from('iVBORw0KGgo=', 'base64')

/** With an image in its HTML, a file, and a wish of its list. */
const rich = [
  'From: Ann <ann@example.test>',
  'To: Alice <alice@example.test>, Bob <bob@example.test>',
  'Cc: =?UTF-8?Q?J=C3=BCrgen?= <j@example.test>',
  'Mail-Followup-To: List <list@example.test>,',
  ' alice@example.test',
  'Subject: Aw: Plans',
  'Message-ID: <2@example.test>',
  'In-Reply-To: <1@example.test>',
  'References: <0@example.test> <1@example.test>',
  'Date: Sun, 01 Mar 2026 12:00:00 +0000',
  'MIME-Version: 1.0',
  'Content-Type: multipart/mixed; boundary=mixed',
  '',
  ...['--mixed', 'Content-Type: multipart/related; boundary=related', ''],
  ...['--related', 'Content-Type: text/html; charset=utf-8', ''],
  '<p onclick="evil()">See <img src="cid:pic@ann"> and <img src="https://example.test/a.png"></p><script>evil()</script>',
  ...['--related', 'Content-Type: image/png; name="pic.png"', 'Content-ID: <pic@ann>'],
  ...['Content-Transfer-Encoding: base64', 'Content-Disposition: inline', '', png.toString('base64'), '--related--'],
  ...['--mixed', 'Content-Type: application/pdf', 'Content-Disposition: attachment; filename="plan.pdf"'],
  ...['Content-Transfer-Encoding: base64', '', Buffer.from('PDF').toString('base64'), '--mixed--', ''],
].join('\r\n')

const plain = [
  'From: Ann <ann@example.test>',
  'To: alias@example.test',
  'Reply-To: answers@example.test',
  'Subject: Plain',
  'Message-ID: <p@example.test>',
  'Date: Sun, 01 Mar 2026 12:00:00 +0000',
  '',
  'Hello <you>,',
  '> old',
  '',
].join('\r\n')

suite('answers', { skip: skipWithoutDovecot }, () => {
  let synced: SyncedApp
  let alice: ConnectedMailbox
  let ids: Map<string, string>

  before(async () => {
    synced = await startSyncedApp()
    alice = await synced.connected('alice')
    for (const raw of [rich, plain]) await synced.dovecot.deliver(alice.user, raw)
    ids = await eventually(async () => {
      const found = new Map((await alice.messages()).map(({ id, subject }) => [subject, id]))
      assert.ok(found.has('Aw: Plans') && found.has('Plain'))
      return found
    })
    await alice.request('PATCH', `/identities/${alice.id}`, { name: 'Alice', signature_html: '<i>Alice</i>' })
    await synced.app.request('PATCH', '/api/v1/account', {
      as: 'alice',
      body: { locale: 'fr', time_zone: 'Europe/Paris' },
    })
  })
  after(() => synced.close())

  async function answer(subject: string, act: string, body?: object) {
    const draft = await alice.request('POST', `/messages/${ids.get(subject)}/${act}`, body)
    assert.equal(draft.status, 201, JSON.stringify(draft.body))
    return draft.body
  }
  const emails = (list: { email: string }[]) => list.map(({ email }) => email)
  const bytesOf = async (uploadId: string) => {
    const headers = { authorization: `Bearer ${await synced.app.token('alice')}` }
    const content = await fetch(`${synced.app.url}/api/v1/mail/uploads/${uploadId}/content`, { headers })
    return Buffer.from(await content.arrayBuffer())
  }

  test('a reply quotes harmless HTML below the signature and continues the thread', async () => {
    const draft = await answer('Aw: Plans', 'reply')
    assert.deepEqual([emails(draft.to), draft.cc, draft.subject], [['ann@example.test'], [], 'Re: Plans'])
    assert.equal(draft.in_reply_to, '<2@example.test>')
    assert.deepEqual(draft.references, ['<0@example.test>', '<1@example.test>', '<2@example.test>'])
    assert.deepEqual(draft.origin, { message_id: ids.get('Aw: Plans'), act: 'reply' })
    const [image] = draft.attachments
    assert.equal(draft.attachments.length, 1)
    assert.equal(
      draft.html,
      '<div><br></div><div class="ulti-signature"><i>Alice</i></div><div><br></div><div class="ulti-quote">' +
        '<div>Le dimanche 1 mars 2026 à 13:00, Ann &lt;ann@example.test&gt; a écrit :</div>' +
        '<blockquote type="cite" style="margin:0 0 0 .8ex;border-left:1px solid #ccc;padding-left:1ex">' +
        `<p>See <img src="cid:${image.content_id}" /> and <img data-remote-src="https://example.test/a.png" /></p>` +
        '</blockquote></div>',
    )
    assert.equal(
      draft.text,
      '\n\nAlice\n\nLe dimanche 1 mars 2026 à 13:00, Ann <ann@example.test> a écrit :\n\n> See and\n',
    )
    assert.deepEqual(await bytesOf(image.upload_id), png)
  })

  test('a reply to all heeds Mail-Followup-To, and goes to everybody else without it', async () => {
    const followed = await answer('Aw: Plans', 'reply-all')
    assert.deepEqual([emails(followed.to), followed.cc], [['list@example.test'], []])
    const all = await answer('Plain', 'reply-all', { is_quoted: false })
    assert.deepEqual(emails(all.to), ['answers@example.test', 'alias@example.test'])
    assert.equal(all.text, '\n\n-- \nAlice')
  })

  test('plain text is quoted line by line', async () => {
    const draft = await answer('Plain', 'reply')
    assert.match(draft.text, /a écrit :\n\n> Hello <you>,\n>> old\n$/)
    assert.match(draft.html, /<div>Hello &lt;you&gt;,<br>&gt; old<\/div>/)
  })

  test('what is passed on has its files, stays in its thread and answers nobody', async () => {
    const draft = await answer('Aw: Plans', 'forward')
    assert.deepEqual([draft.to, draft.subject, draft.in_reply_to], [[], 'Fwd: Aw: Plans', null])
    assert.equal(draft.references.at(-1), '<2@example.test>')
    const names = draft.attachments.map(({ filename }: { filename: string }) => filename)
    assert.deepEqual(names, ['pic.png', 'plan.pdf'])
    assert.equal((await bytesOf(draft.attachments[1].upload_id)).toString(), 'PDF')
    assert.match(draft.html, /Message transféré/)
    assert.match(
      draft.text,
      /De: Ann <ann@example.test>\nDate: dimanche 1 mars 2026 à 13:00\nObjet: Aw: Plans\nÀ: Alice/,
    )
    assert.match(draft.text, /Cc: Jürgen <j@example.test>/)
  })

  test('a message is enclosed as it was sent', async () => {
    const draft = await answer('Aw: Plans', 'forward', { as: 'attachment' })
    const [file] = draft.attachments
    assert.deepEqual([file.filename, file.content_type], ['Aw: Plans.eml', 'message/rfc822'])
    assert.deepEqual((await bytesOf(file.upload_id)).toString(), rich)
    assert.equal(draft.html, '<div><br></div><div class="ulti-signature"><i>Alice</i></div>')
  })

  test('the identity that the message was for answers it', async () => {
    const before = await answer('Plain', 'reply')
    assert.equal(before.identity_id, alice.id)
    const alias = { mail_account_id: alice.id, email: 'Alias@example.test', name: 'Alias' }
    const { body: identity } = await alice.request('POST', '/identities', alias)
    const draft = await answer('Plain', 'reply')
    assert.deepEqual([draft.identity_id, draft.from], [identity.id, { name: 'Alias', email: 'Alias@example.test' }])
    const chosen = await answer('Plain', 'reply', { identity_id: alice.id })
    assert.equal(chosen.identity_id, alice.id)
  })

  test('a message that is not there answers 404', async () => {
    const none = await alice.request('POST', `/messages/${crypto.randomUUID()}/reply`)
    assert.deepEqual([none.status, none.body.code], [404, 'not_found'])
  })
})
