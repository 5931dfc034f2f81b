import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { after, before, suite, test } from 'node:test'
import { type AddressObject, type ParsedMail, simpleParser } from 'mailparser'
import { type PythonMail, readByPython, signByPython } from '../../../../test/fixtures/read-mail.ts'
import { lintMime } from '../../../../test/harness/lint/mime-lint.ts'
import { fc } from '../../../../test/harness/properties.ts'
import { skipWithoutDkimpy } from '../../../../test/harness/servers.ts'
import { createTempDir } from '../../../../test/harness/temp-dir.ts'
import { createDirectoryObjects } from '../../../platform/objects/directory-objects.ts'
import type { Objects } from '../../../platform/objects/objects.ts'
import { type Mailbox, messageIdOf, oneLine } from './compose.ts'
import type { Composition, CompositionAttachment } from './composition.ts'
import { composeComposition, composeDraft } from './composition-mime.ts'

const stamp = { messageId: messageIdOf('0190', 'alice@example.test'), date: new Date('2026-03-01T12:00:00Z') }

const empty: Composition = {
  mailAccountId: crypto.randomUUID(),
  from: { name: 'Alice', email: 'alice@example.test' },
  ...{ replyTo: [], to: [], cc: [], bcc: [], subject: '', attachments: [], parts: [], references: [] },
}

const grapheme = (maxLength: number) => fc.string({ unit: 'grapheme', maxLength })
const anyLine = fc.oneof(
  grapheme(80),
  fc.string({ maxLength: 300 }),
  fc.constantFrom('=?utf-8?Q?hello?=', 'a  b', 'Re: "quoted", (comment) <x@y>', '  ', `${'x'.repeat(500)} end`),
)
const anyEmail = fc.stringMatching(/^[a-z0-9]{1,10}(\.[a-z0-9]{1,10}){0,2}@[a-z]{1,20}\.test$/)
const anyMailbox = fc.record({ name: anyLine, email: anyEmail })
const mailboxes = fc.array(anyMailbox, { maxLength: 4 })
const anyText = fc
  .array(fc.oneof(grapheme(120), fc.constantFrom('From here', '.', '-- ', 'tab\t', '> quoted', 'x'.repeat(1200))))
  .map((lines) => lines.join('\n'))
const anyFile = fc.record({
  filename: fc.oneof(grapheme(120), fc.constantFrom('plan.pdf', 'a;b="c".txt', "it's 100%.txt", '.', '')),
  contentType: fc.constantFrom('application/pdf', 'image/png', 'text/plain', 'application/octet-stream'),
  bytes: fc.uint8Array({ maxLength: 500 }),
  isShown: fc.boolean(),
})
const anyLetter = fc.record({
  ...{
    name: anyLine,
    to: mailboxes,
    cc: mailboxes,
    bcc: mailboxes,
    replyTo: mailboxes,
    subject: anyLine,
    text: anyText,
  },
  html: fc.option(anyText, { nil: undefined }),
  files: fc.array(anyFile, { maxLength: 3 }),
  isReply: fc.boolean(),
})
type AnyLetter = typeof anyLetter extends fc.Arbitrary<infer T> ? T : never

suite('a composition as MIME', { skip: skipWithoutDkimpy }, () => {
  let directory: Awaited<ReturnType<typeof createTempDir>>
  let objects: Objects
  const samples = fc.sample(anyLetter, { numRuns: 60, seed: 6 })
  const compositions: Composition[] = []
  let messages: Buffer[] = []
  let read: PythonMail[] = []

  before(async () => {
    directory = await createTempDir('composition')
    objects = createDirectoryObjects(directory.path)
    for (const sample of samples) compositions.push(await compositionOf(sample))
    messages = await Promise.all(compositions.map((one) => mimeOf(one)))
    read = readByPython(messages)
  })
  after(() => directory.remove())

  const mimeOf = async (composition: Composition) =>
    buffer((await composeComposition(objects, composition, stamp)).content)

  async function store(bytes: Uint8Array, file: Partial<CompositionAttachment> = {}): Promise<CompositionAttachment> {
    const object = `uploads/${crypto.randomUUID()}`
    await objects.put(object, Buffer.from(bytes))
    const plain = { filename: 'file', contentType: 'application/octet-stream' }
    return { id: crypto.randomUUID(), object, ...plain, sizeBytes: bytes.length, ...file }
  }

  async function compositionOf(sample: AnyLetter): Promise<Composition> {
    const { name, files, html, isReply, ...rest } = sample
    const attachments: CompositionAttachment[] = []
    for (const [index, { bytes, isShown, filename, contentType }] of files.entries()) {
      const contentId = isShown ? { contentId: `image${index}@ulti` } : {}
      attachments.push(await store(bytes, { filename, contentType, ...contentId }))
    }
    const images = attachments.flatMap(({ contentId }) => (contentId ? `<img src="cid:${contentId}">` : []))
    return {
      ...{ ...empty, ...rest, attachments, from: { name, email: 'alice@example.test' } },
      ...(html !== undefined && { html: html + images.join('') }),
      ...(isReply && { inReplyTo: '<p@x.test>', references: ['<r@x.test>', '<p@x.test>'] }),
    }
  }

  /** What a reader of the message is to see, in the words of the test. */
  const meant = (composition: Composition) => ({
    subject: oneLine(composition.subject),
    from: named([composition.from]),
    ...{ to: named(composition.to), cc: named(composition.cc), replyTo: named(composition.replyTo) },
    text: lines(composition.text),
    html: lines(composition.html),
    files: composition.attachments.map(({ filename }) => oneLine(filename) || 'attachment').sort(),
  })

  test('passes a strict lint', () => {
    for (const [index, message] of messages.entries()) {
      assert.deepEqual(lintMime(message), [], `sample ${index}:\n${message.toString('latin1').slice(0, 3000)}`)
    }
  })

  test('is read as it was meant by mailparser', async () => {
    for (const [index, message] of messages.entries()) {
      const parsed = await simpleParser(message, { skipTextToHtml: true, skipImageLinks: true })
      const composition = compositions[index] ?? empty
      assert.deepEqual(shownBy(parsed), meant(composition), `sample ${index}`)
      await assertFiles(
        composition,
        parsed.attachments.map(({ content }) => sha256(content)),
      )
      assert.equal(parsed.messageId, stamp.messageId)
      assert.deepEqual(parsed.date, stamp.date)
      assert.equal(parsed.inReplyTo, composition.inReplyTo)
    }
  })

  test("is read as it was meant by Python's email, which finds no defect", async () => {
    for (const [index, mail] of read.entries()) {
      const composition = compositions[index] ?? empty
      const { subject, from, to, cc, replyTo } = mail
      const files = mail.attachments.map(({ filename }) => filename).sort()
      const [text, html] = [lines(mail.text), lines(mail.html)]
      const shown = { subject, from, to, cc, replyTo, text, html, files }
      assert.deepEqual(mail.defects, [], `sample ${index}`)
      assert.deepEqual(withoutSpaces(shown), withoutSpaces(meant(composition)), `sample ${index}`)
      await assertFiles(
        composition,
        mail.attachments.map((one) => one.sha256),
      )
    }
  })

  test('a blind copy shows nowhere', () => {
    for (const [index, { bcc }] of compositions.entries()) {
      const { to, cc, replyTo } = compositions[index] ?? empty
      const others = new Set([...to, ...cc, ...replyTo].map(({ email }) => email))
      const hidden = bcc.map(({ email }) => email).filter((email) => !others.has(email))
      for (const email of hidden) assert.ok(!messages[index]?.includes(email), `sample ${index} shows ${email}`)
    }
  })

  test('signatures of both canonicalisations hold, also behind servers that tidy lines up', () => {
    for (const [index, message] of messages.entries()) assert.deepEqual(tidy(message), message, `sample ${index}`)
    for (const signatures of signByPython(messages.slice(0, 10))) {
      assert.deepEqual(signatures, { simple: [true, false], relaxed: [true, false] })
    }
  })

  async function assertFiles(composition: Composition, found: readonly string[]): Promise<void> {
    const stored = composition.attachments.map(async ({ object }) => {
      const content = (await objects.get(object))?.content
      assert.ok(content)
      return sha256(await buffer(content))
    })
    assert.deepEqual([...found].sort(), (await Promise.all(stored)).sort())
  }

  test('images within the HTML are related to it, other files follow, and forms lie beside each other', async () => {
    const image = await store(Buffer.from('png'), { contentType: 'image/png', filename: 'a.png', contentId: 'a@ulti' })
    const unused = await store(Buffer.from('gif'), { contentType: 'image/gif', filename: 'b.gif', contentId: 'b@ulti' })
    const mime = await mimeOf({
      ...empty,
      html: '<p>See <img src="cid:a%40ulti"></p>',
      attachments: [image, unused],
      parts: [{ contentType: 'text/calendar; method=REPLY', content: 'BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n' }],
    })
    assert.deepEqual(lintMime(mime), [])
    const [mail] = readByPython([mime])
    assert.deepEqual(mail?.types, [
      ...['multipart/mixed', 'multipart/alternative', 'text/plain', 'multipart/related', 'text/html', 'image/png'],
      ...['text/calendar', 'image/gif'],
    ])
    assert.deepEqual(
      mail?.attachments.map(({ disposition, contentId }) => [disposition, contentId]),
      [
        ['inline', '<a@ulti>'],
        ['attachment', '<b@ulti>'],
      ],
    )
    assert.match(mime.toString(), /Content-Type: text\/calendar; method=REPLY; charset=utf-8/)
  })

  test('nothing of a file or a form adds a header', async () => {
    const evil = '\r\nBcc: eve@example.test\r\n\r\nbody'
    const file = await store(Buffer.from('x'), { filename: `a${evil}`, contentType: `image/png${evil}` })
    const image = { ...file, contentId: `c${evil}` }
    const mime = await mimeOf({
      ...{ ...empty, subject: `s${evil}`, from: { name: `n${evil}`, email: 'alice@example.test' } },
      ...{ html: `<img src="cid:c${evil}">`, attachments: [file, image], replyTo: [{ name: evil, email: 'r@x.test' }] },
      parts: [{ contentType: `text/calendar; method=REPLY${evil}`, content: 'BEGIN:VCALENDAR' }],
    })
    const [mail] = readByPython([mime])
    assert.ok(mail && !mail.fields.includes('bcc'), mail?.fields.join() ?? 'not read')
    assert.deepEqual(
      mail?.attachments.map(({ filename }) => filename),
      ['a Bcc: eve@example.test body', 'a Bcc: eve@example.test body'],
    )
  })

  test('a picture that was pasted into the page becomes an image within it, once', async () => {
    const src = `data:image/png;base64,${Buffer.from('png').toString('base64')}`
    const html = `<p><img src="${src}" alt="a"><img alt='b' src='${src}'><img src="data:text/html;base64,PGI+"></p>`
    const mime = await mimeOf({ ...empty, html })
    assert.deepEqual(lintMime(mime), [])
    const parsed = await simpleParser(mime, { skipImageLinks: true })
    const [image, ...others] = parsed.attachments
    assert.deepEqual([others.length, image?.content.toString(), image?.filename], [0, 'png', 'image-1.png'])
    assert.equal(parsed.html || '', html.replaceAll(src, `cid:${image?.cid}`))
  })

  test('a whole message is enclosed as it is, and one that cannot be is a file', async () => {
    const plain = 'Subject: Old\r\nDate: Sun, 01 Mar 2026 12:00:00 +0000\r\n\r\nText\r\n'
    const forms: [message: string, contentType: string, isEightBit: boolean][] = [
      [plain, 'message/rfc822', false],
      [`${plain}Gr\xc3\xbc\xc3\x9fe\r\n`, 'message/rfc822', true],
      [`${plain}${'x'.repeat(1200)}\r\n`, 'application/octet-stream', false],
      [`${plain}a\rb\r\n`, 'application/octet-stream', false],
    ]
    const composed: Buffer[] = []
    for (const [message, , isEightBit] of forms) {
      const bytes = Buffer.from(message, 'latin1')
      const attachment = await store(bytes, { contentType: 'message/rfc822', filename: 'Old.eml' })
      const made = await composeComposition(objects, { ...empty, text: 'See', attachments: [attachment] }, stamp)
      assert.equal(made.isEightBit, isEightBit)
      composed.push(await buffer(made.content))
    }
    for (const [index, mail] of readByPython(composed).entries()) {
      const [[message, contentType], mime] = [forms[index] ?? ['', '', false], composed[index] ?? Buffer.alloc(0)]
      assert.deepEqual(lintMime(mime), [])
      assert.deepEqual(
        mail.attachments.map((one) => [one.contentType, one.filename]),
        [[contentType, 'Old.eml']],
      )
      assert.ok(contentType !== 'message/rfc822' || mime.includes(Buffer.from(message, 'latin1')))
    }
  })

  test('addresses beyond ASCII stand in the header as they are (SMTPUTF8)', async () => {
    const to = [{ name: 'Δοκιμή', email: 'δοκιμή@xn--jxalpdlp.test' }]
    const mime = await mimeOf({ ...empty, to, text: 'Hi' })
    assert.deepEqual(lintMime(mime, { isInternational: true }), [])
    const parsed = await simpleParser(mime)
    assert.equal((parsed.to as AddressObject).value[0]?.name, 'Δοκιμή')
    assert.ok(mime.includes('<δοκιμή@xn--jxalpdlp.test>'))
  })

  test('a draft for its own mailbox names blind copies, and images from elsewhere are back in what is sent', async () => {
    const bcc = [{ name: '', email: 'carol@example.test' }]
    const html = '<img alt="a" data-remote-src="https://example.test/a.png">'
    const draft = await composeDraft(objects, { ...empty, bcc, html }, stamp)
    const mime = await buffer(draft.content)
    assert.deepEqual(lintMime(mime, { mayHaveBcc: true }), [])
    assert.match(mime.toString(), /^Bcc: carol@example.test\r$/m)
    assert.match((await simpleParser(mime)).html || '', /<img alt="a" src="https:\/\/example.test\/a.png">/)
  })

  test('a file that is gone fails by its name', async () => {
    const attachment = { ...(await store(Buffer.from('x'))), object: 'uploads/none', filename: 'plan.pdf' }
    const failing = mimeOf({ ...empty, attachments: [attachment] })
    await assert.rejects(failing, { code: 'mail.attachment_gone', message: /plan\.pdf/ })
  })
})

/** Python 3.11 shows the space between two encoded words of a name, which RFC 2047 §6.2 says to drop. */
const withoutSpaces = (shown: object) =>
  JSON.parse(JSON.stringify(shown, (key, value) => (key === 'name' ? value.replaceAll(' ', '') : value)))

const named = (list: readonly Mailbox[]) => list.map(({ name, email }) => ({ name: oneLine(name), email }))

const lines = (text: string | false | null | undefined) =>
  (text || '').replaceAll(/\r\n?/g, '\n').replaceAll('\0', '').replace(/\n+$/, '')

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

const mailboxesOf = (field: ParsedMail['to']) =>
  (field as AddressObject | undefined)?.value.map(({ name, address }) => ({ name, email: address })) ?? []

const shownBy = (parsed: ParsedMail) => ({
  subject: parsed.subject ?? '',
  ...{ from: mailboxesOf(parsed.from), to: mailboxesOf(parsed.to), cc: mailboxesOf(parsed.cc) },
  replyTo: mailboxesOf(parsed.replyTo),
  text: lines(parsed.text),
  html: lines(parsed.html),
  files: parsed.attachments.map(({ filename }) => filename ?? '').sort(),
})

/** What some servers do to lines on their way. */
const tidy = (message: Buffer) =>
  Buffer.from(
    message
      .toString('latin1')
      .replaceAll(/^From /gm, '>From ')
      .replaceAll(/[ \t]+\r\n/g, '\r\n'),
    'latin1',
  )
