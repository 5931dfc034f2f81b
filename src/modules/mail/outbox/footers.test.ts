import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Composition } from './composition.ts'
import { type Footer, withFooters } from './footers.ts'

const letter: Composition = {
  mailAccountId: '019a0000-0000-7000-8000-000000000000',
  from: { name: 'Ann <Lee>', email: 'ann@ulti.example' },
  ...{ replyTo: [], to: [{ name: '', email: 'bob@elsewhere.test' }], cc: [], bcc: [] },
  ...{ subject: 'Hi', attachments: [], parts: [], references: [] },
}
const disclaimer: Footer = { recipients: 'external', text: 'Confidential:\nfor its recipients.', html: '' }
const within = (footer: Footer) => ({ items: [footer], internalDomains: ['ulti.example'] })

suite('footers', () => {
  test('stand below the text and the HTML, and within a page', () => {
    const sent = withFooters(
      { ...letter, text: 'Hello\n', html: '<body><p>Hello</p></body></html>' },
      within(disclaimer),
    )
    assert.equal(sent.text, 'Hello\n\nConfidential:\nfor its recipients.\n')
    const footer = '<div class="ulti-footer"><br>Confidential:<br>for its recipients.</div>'
    assert.equal(sent.html, `<body><p>Hello</p>${footer}</body></html>`)
  })

  test('do not make a text of a letter that has none but its HTML', () => {
    const sent = withFooters(
      { ...letter, html: '<p>Hello</p>' },
      within({ ...disclaimer, html: '<i>Confidential</i>' }),
    )
    assert.equal(sent.text, undefined)
    assert.match(sent.html ?? '', /<p>Hello<\/p><div class="ulti-footer"><br><i>Confidential<\/i><\/div>$/)
  })

  test('are put by who gets the letter, blind copies too', () => {
    const to = (...emails: string[]) => ({
      ...letter,
      text: 'x',
      to: [],
      bcc: emails.map((email) => ({ name: '', email })),
    })
    const table: [Footer['recipients'], string[], boolean][] = [
      ['external', ['bob@elsewhere.test'], true],
      ['external', ['bob@ulti.example', 'bob@mail.ULTI.example'], false],
      ['external', ['bob@ulti.example', 'bob@notulti.example'], true],
      ['internal', ['bob@ulti.example'], true],
      ['internal', ['bob@ulti.example', 'bob@elsewhere.test'], false],
      ['all', ['bob@ulti.example'], true],
    ]
    for (const [recipients, emails, isPut] of table) {
      const sent = withFooters(to(...emails), within({ ...disclaimer, recipients }))
      assert.equal(sent.text !== 'x', isPut, `${recipients}: ${emails}`)
    }
  })

  test('are not put again where a conversation has them, quoted in whatever way', () => {
    const first = withFooters({ ...letter, text: 'Hello' }, within(disclaimer))
    const quoted = (first.text ?? '')
      .split('\n')
      .map((line) => `> > ${line}`)
      .join('\n')
    const byText = { ...letter, text: `I see.\n\n${quoted}` }
    assert.equal(withFooters(byText, within(disclaimer)), byText)
    const byHtml = {
      ...letter,
      html: '<p>I see.</p><blockquote>Hello<br>Confidential:<br>for its <b>recipients</b>.</blockquote>',
    }
    assert.equal(withFooters(byHtml, within(disclaimer)), byHtml)
  })

  test('name their sender, whose name brings no markup', () => {
    const signature: Footer = { recipients: 'all', text: '{{name}}, {{email}}', html: '<b>{{name}}</b>' }
    const sent = withFooters({ ...letter, text: 'Hi', html: 'Hi' }, within(signature))
    assert.match(sent.text ?? '', /Ann <Lee>, ann@ulti\.example\n$/)
    assert.match(sent.html ?? '', /<b>Ann &lt;Lee&gt;<\/b>/)
  })

  test('are all put that fit, in their order, and none below what a machine answers', () => {
    const items: Footer[] = [
      { recipients: 'all', text: 'First', html: '' },
      { recipients: 'all', text: 'Second', html: '' },
    ]
    assert.equal(withFooters({ ...letter, text: 'Hi' }, { items, internalDomains: [] }).text, 'Hi\n\nFirst\n\nSecond\n')
    const automatic = { ...letter, text: 'Away', headers: { 'Auto-Submitted': 'auto-replied' } }
    assert.equal(withFooters(automatic, { items, internalDomains: [] }), automatic)
  })
})
