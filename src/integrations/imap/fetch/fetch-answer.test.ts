import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MessageAddressObject } from 'imapflow'
import { parser } from 'imapflow/lib/handler/imap-handler.js'
import { formatMessageResponse } from 'imapflow/lib/tools.js'
import { fc } from '../../../../test/harness/properties.ts'
import { type FetchAnswer, readAnswers } from './fetch-answer.ts'

/** What a server says, a byte for each character. */
const wire = (text: string) => Buffer.from(text, 'latin1')

function readOne(text: string): FetchAnswer {
  const { answers, unreadable } = readAnswers({ bytes: wire(text), starts: [0] })
  assert.equal(unreadable, 0, text)
  const [answer] = answers.values()
  assert(answer, text)
  return answer
}

test('all items of an answer are read, in whatever form and order they come', () => {
  const answer = readOne(
    '* 12 FETCH (X-NEW (a (b "c)" {2}\r\n)( d)) FLAGS (\\Seen $Junk) UID 7 MODSEQ (18446744073709551615) ' +
      'INTERNALDATE " 1-Nov-2026 10:00:00 +0000" RFC822.SIZE 4294967296 THREADID NIL EMAILID (M6d99) ' +
      'X-GM-LABELS (\\Inbox "a \\"b\\"" {3}\r\nx y) BODY[HEADER.FIELDS (REFERENCES "X]")] {6}\r\nab\r\ncd ' +
      'BODY[1.MIME]<0> "quo\\\\ted" body[2] NIL)\r\n',
  )
  const { header, sections, ...rest } = answer
  assert.deepEqual(rest, {
    uid: 7,
    flags: ['\\Seen', '$Junk'],
    modseq: '18446744073709551615',
    internalDate: ' 1-Nov-2026 10:00:00 +0000',
    size: 4_294_967_296,
    threadId: null,
    emailId: 'M6d99',
    labels: ['\\Inbox', 'a "b"', 'x y'],
  })
  assert.equal(String(header), 'ab\r\ncd')
  assert.deepEqual(
    [...(sections ?? [])].map(([name, content]) => [name, String(content)]),
    [['1.MIME', 'quo\\ted']],
  )
})

test('what comes in several answers is put together; what can’t be read costs only itself', () => {
  const texts = [
    '* 1 FETCH (UID 1 FLAGS (\\Seen) ENVELOPE NIL BODYSTRUCTURE NIL)\r\n',
    '* 2 FETCH (UID 2 FLAGS (unclosed)\r\n',
    '* 3 FETCH (UID 3 RFC822.SIZE {9}\r\nshort)\r\n',
    '* 1 FETCH (FLAGS ())\r\n',
    '* 1 FETCH (UID 1 FLAGS (\\Deleted))\r\n',
    '* 4 FETCH (UID 4 RFC822.SIZE NIL)\r\n',
  ]
  const starts = texts.map((_, at) => texts.slice(0, at).join('').length)
  const { answers, unreadable } = readAnswers({ bytes: wire(texts.join('')), starts })
  assert.deepEqual(
    [...answers],
    [
      [1, { uid: 1, flags: ['\\Deleted'] }],
      [4, { uid: 4, size: 0 }],
    ],
  )
  assert.equal(unreadable, 2)
})

test('a group is shown by its name, and strange structures are read as far as they make sense', () => {
  const { envelope, leaves } = readOne(
    '* 1 FETCH (UID 1 ENVELOPE (NIL "Hi" (("Ann" NIL "ann" "x.test")) NIL NIL ((NIL NIL "friends" NIL)(NIL NIL NIL NIL)) ' +
      '() NIL NIL "<1@x>") BODYSTRUCTURE (("text" "plain" NIL NIL NIL "8bit" 5 NIL ("attachment" ("filename" "a)b")))' +
      '("message" "rfc822" NIL NIL NIL "7bit" 9)("image" "png" ("name" "x") "<id>" NIL NIL 3) "mixed" NIL NIL NIL NIL "x"))\r\n',
  )
  assert.deepEqual(envelope?.to, [{ name: 'friends', address: '' }])
  assert.deepEqual(
    [envelope?.from, envelope?.cc, envelope?.messageId],
    [[{ name: 'Ann', address: 'ann@x.test' }], [], '<1@x>'],
  )
  assert.deepEqual(
    leaves?.map(({ part, type, size, disposition, dispositionParameters }) => [
      part,
      type,
      size,
      disposition,
      ...dispositionParameters,
    ]),
    [
      ['1', 'text/plain', 5, 'attachment', 'filename', 'a)b'],
      ['2', 'message/rfc822', 9, null],
      ['3', 'image/png', 3, null],
    ],
  )
})

test('a tree 50,000 levels deep and one of 50,000 leaves end in at most 500 parts', () => {
  const leaf = '("text" "plain" NIL NIL NIL "7bit" 1 1)'
  const deep = `${'('.repeat(50_000)}${leaf}${' "mixed")'.repeat(50_000)}`
  assert.deepEqual(readOne(`* 1 FETCH (UID 1 BODYSTRUCTURE ${deep})\r\n`).leaves, [])
  const { leaves } = readOne(`* 1 FETCH (UID 1 BODYSTRUCTURE (${leaf.repeat(50_000)} "mixed"))\r\n`)
  assert.equal(leaves?.length, 500)
  assert.equal(leaves?.[499]?.part, '500')
})

// Servers may write a string as quoted or as a literal, and NIL where they know nothing.
const character = fc.constantFrom(...'aB1 @.<>()[]{}"\\%*?_\r\n')
const string = fc
  .string({ unit: character, maxLength: 12 })
  .chain((text) =>
    fc.constantFrom(/[\r\n]/.test(text) ? literal(text) : `"${text.replace(/["\\]/g, '\\$&')}"`, literal(text), 'NIL'),
  )
const literal = (text: string) => `{${text.length}}\r\n${text}`
const list = (...items: string[]) => `(${items.join(' ')})`
const address = fc.tuple(string, string, string, string).map((parts) => list(...parts))
const addresses = fc.oneof(
  fc.constant('NIL'),
  fc.array(address, { minLength: 1, maxLength: 3 }).map((all) => `(${all.join('')})`),
)
const envelope = fc
  .tuple(string, string, addresses, addresses, addresses, addresses, addresses, addresses, string, string)
  .map((fields) => list(...fields))
const parameters = fc.oneof(
  fc.constant('NIL'),
  fc.array(fc.tuple(string, string), { minLength: 1, maxLength: 3 }).map((all) => list(...all.flat())),
)
const disposition = fc.oneof(
  fc.constant('NIL'),
  fc.tuple(string, parameters).map((parts) => list(...parts)),
)
const bodyOf = (type: string, lines: string) =>
  fc
    .tuple(parameters, string, string, string, fc.nat(999), disposition)
    .map(([given, id, description, encoding, size, shown]) =>
      list(type, given, id, description, encoding, `${size}${lines}`, 'NIL', shown, 'NIL', 'NIL'),
    )
const { structure } = fc.letrec<{ structure: string }>((tie) => ({
  structure: fc.oneof(
    { maxDepth: 4 },
    bodyOf('"TEXT" "Plain"', ' 3'),
    bodyOf('"image" "png"', ''),
    fc
      .array(tie('structure'), { minLength: 1, maxLength: 4 })
      .map((parts) => `(${parts.join('')} "mixed" NIL NIL NIL NIL)`),
  ),
}))

test('whatever a server sends is read as imapflow reads it', async () => {
  await fc.assert(
    fc.asyncProperty(envelope, structure, async (given, body) => {
      const text = `* 3 FETCH (UID 9 ENVELOPE ${given} BODYSTRUCTURE ${body})\r\n`
      const ours = readOne(text)
      const theirs = await readByImapflow(text)
      const people = (found: MessageAddressObject[] | undefined) =>
        // imapflow takes quotes away that stand around a name; here that is done where names are decoded.
        (found ?? []).map((one) => [one.name?.replaceAll('"', '').trim(), one.address?.trim()])
      for (const field of ['from', 'to', 'cc', 'bcc', 'replyTo', 'sender'] as const) {
        assert.deepEqual(people(ours.envelope?.[field]), people(theirs.envelope?.[field]), `${field} of ${text}`)
      }
      assert.equal(ours.envelope?.messageId?.trim() ?? '', theirs.envelope?.messageId ?? '', text)
      const leaf = ({ part = '1', type, size = 0, id = '' }: Leaf) => [part, type, size, id]
      assert.deepEqual(
        ours.leaves?.map((one) => [one.part, one.type, one.size, one.id ?? '']),
        leavesOf(theirs.bodyStructure as Leaf).map(leaf),
        text,
      )
    }),
    { numRuns: 200, seed: 1 },
  )
})

type Leaf = { part?: string; type: string; size?: number; id?: string; childNodes?: Leaf[] }
const leavesOf = (node: Leaf): Leaf[] => (node.childNodes ? node.childNodes.flatMap(leavesOf) : [node])

async function readByImapflow(text: string) {
  const parsed = await parser(withoutLiterals(wire(text.slice(0, -2))), { literals: literalsOf(text) })
  return formatMessageResponse(parsed as never, { path: 'INBOX', uidValidity: 1n } as never, 'md5', {} as never)
}

/** As imapflow's stream hands a line to its parser: the markers of literals stay, their bytes are beside it. */
function withoutLiterals(payload: Buffer): Buffer {
  let text = payload.toString('latin1')
  for (let from = 0; ; ) {
    const marker = /\{(\d+)\}\r\n/g
    marker.lastIndex = from
    const found = marker.exec(text)
    if (!found) return wire(text)
    from = found.index + found[0].length
    text = text.slice(0, from) + text.slice(from + Number(found[1]))
  }
}

function literalsOf(text: string): Buffer[] {
  const literals: Buffer[] = []
  const marker = /\{(\d+)\}\r\n/g
  for (let found = marker.exec(text); found; found = marker.exec(text)) {
    const from = found.index + found[0].length
    literals.push(wire(text.slice(from, from + Number(found[1]))))
    marker.lastIndex = from + Number(found[1])
  }
  return literals
}
