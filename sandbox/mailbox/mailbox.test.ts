import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { simpleParser } from 'mailparser'
import { foreignLetters } from './content/languages.ts'
import { gymKeySubject } from './content/threads-migration.ts'
import { type DemoMessage, demoMailbox } from './index.ts'
import { writeAllLetters } from './letters.ts'
import { maxLineBytes } from './mime/transfer-encoding.ts'
import type { DemoUser } from './people.ts'

const now = new Date('2026-03-18T14:05:33.250Z')
const users: readonly DemoUser[] = ['alice', 'bob', 'carol']
const letters = writeAllLetters(now)
const mailboxes = { alice: demoMailbox('alice', now), bob: demoMailbox('bob', now), carol: demoMailbox('carol', now) }

describe('the demo mailboxes', () => {
  test('have the promised size, stay moderate in bytes, and are in order of arrival', () => {
    const sizes = { alice: [300, 400], bob: [120, 180], carol: [80, 130] } as const
    for (const user of users) {
      const [least, most] = sizes[user]
      const { length } = mailboxes[user]
      assert.ok(length >= least && length <= most, `${user} has ${length} messages`)
      const bytes = mailboxes[user].reduce((sum, { raw }) => sum + raw.length, 0)
      assert.ok(bytes < 3_000_000, `${user} has ${bytes} bytes`)
      const dates = mailboxes[user].map(({ internalDate }) => internalDate.getTime())
      assert.deepEqual(
        dates,
        dates.toSorted((one, other) => one - other),
      )
    }
  })

  test('are equal byte for byte when made again for the same moment', () => {
    for (const user of users) assert.deepEqual(demoMailbox(user, now), mailboxes[user])
  })

  test('end today, never in the future, at whatever hour they are made', () => {
    for (const time of ['2026-07-01T00:00:01Z', '2026-12-31T23:59:59Z', '2028-02-29T06:00:00Z']) {
      const moment = new Date(time)
      for (const user of users) {
        const dates = demoMailbox(user, moment).map(({ internalDate }) => internalDate.getTime())
        assert.ok(Math.max(...dates) <= moment.getTime())
        assert.ok(moment.getTime() - Math.max(...dates) < 3_600_000)
        assert.ok(moment.getTime() - Math.min(...dates) < 366 * 86_400_000)
      }
    }
  })

  test('hold every usual folder, and unread, starred and answered mail', () => {
    const folders = new Set(mailboxes.alice.map(({ folder }) => folder))
    for (const folder of ['INBOX', 'Sent', 'Drafts', 'Archive', 'Junk', 'Trash', 'Projects', 'Suppliers']) {
      assert.ok(folders.has(folder), folder)
    }
    for (const user of users) {
      const inbox = mailboxes[user].filter(({ folder }) => folder === 'INBOX')
      assert.ok(inbox.some(({ flags }) => !flags.includes('\\Seen')))
      assert.ok(inbox.some(({ flags }) => flags.includes('\\Flagged')))
      assert.ok(inbox.some(({ flags }) => flags.includes('\\Answered')))
    }
  })
})

describe('the bytes on the wire', () => {
  test('end every line with CRLF and hold neither a lone CR or LF nor a NUL', () => {
    for (const { raw } of allMessages()) {
      assert.doesNotMatch(raw.toString('latin1'), /\r(?!\n)|(?<!\r)\n|\0/)
      assert.ok(raw.includes('\r\n\r\n'))
    }
  })

  test('hold no line of more than 998 octets, but in one mail that is broken on purpose', () => {
    const tooLong = allMessages().filter(({ raw }) => longestLine(raw) > maxLineBytes)
    assert.equal(tooLong.length, 1)
    assert.match(tooLong[0]?.raw.toString('latin1') ?? '', /^Subject: Fax 5/m)
  })

  test('fold headers at 78 columns wherever a space allows it', () => {
    for (const { raw } of allMessages()) {
      const [head = ''] = raw.toString('latin1').split('\r\n\r\n')
      const lines = head.split('\r\n').filter((line) => line.length > 78)
      for (const line of lines) assert.doesNotMatch(line.trimStart().replace(/^[\w-]+: /, ''), / /, line)
    }
  })
})

describe('what a parser makes of it', () => {
  test('every well-formed mail has the subject, sender and date that were meant', async () => {
    for (const letter of letters.filter(({ isMalformed }) => !isMalformed)) {
      for (const copy of letter.copies) {
        const parsed = await simpleParser(letter.raw(copy))
        assert.equal(parsed.subject ?? '', letter.subject)
        assert.equal(parsed.messageId, `<${letter.id}>`)
        assert.equal(parsed.from?.value[0]?.address, letter.from.address)
        if (parsed.headers.has('date')) assert.equal(parsed.date?.getTime(), letter.sentAt.getTime(), letter.subject)
      }
    }
  })

  test('every language reads as it was written, in headers, bodies and file names', async () => {
    assert.ok(new Set(foreignLetters.map(({ charset }) => charset)).size >= 13)
    for (const foreign of foreignLetters) {
      const { raw } = findBySubject(mailboxes[foreign.to], foreign.subject)
      assert.match(raw.toString('latin1'), new RegExp(`^Content-Type: text/plain; charset=${foreign.charset}`, 'm'))
      const parsed = await simpleParser(raw)
      assert.equal(parsed.from?.value[0]?.name, foreign.from.name)
      assert.equal(parsed.text?.trim(), foreign.text)
      assert.equal(parsed.attachments[0]?.filename, foreign.fileName)
      if (foreign.isRightToLeft) assert.match(String(parsed.html), /dir="rtl"/)
    }
  })

  test('a newsletter has its pictures inside, a remote one, a pixel, and one-click unsubscription', async () => {
    const newsletters = mailboxes.alice.filter(({ raw }) => raw.includes('List-Unsubscribe-Post'))
    assert.ok(newsletters.length > 30)
    for (const { raw } of newsletters.slice(-3)) {
      const parsed = await simpleParser(raw, { skipImageLinks: true })
      const html = String(parsed.html)
      for (const { cid } of parsed.attachments) assert.ok(html.includes(`cid:${cid}`))
      assert.equal(parsed.attachments.length, 2)
      assert.match(html, /src="https:\/\/images\./)
      assert.match(html, /width="1" height="1"/)
      assert.match(html, /display:none/)
    }
  })

  test('an invitation and its answers speak iTIP about one event', async () => {
    const methods = ['REQUEST', 'REPLY', 'REPLY']
    const found = mailboxes.carol.filter(({ raw }) => raw.includes('text/calendar; charset=utf-8; method=RE'))
    assert.equal(found.length, methods.length)
    for (const { raw } of found) {
      const calendar = (await simpleParser(raw)).attachments.find(({ contentType }) => contentType === 'text/calendar')
      const content = calendar?.content.toString() ?? ''
      methods.splice(methods.indexOf(/METHOD:(\w+)/.exec(content)?.[1] ?? ''), 1)
      assert.match(content, /UID:conseil-ecole-4c1e@ulti\.example\r\n/)
      assert.match(content, /BEGIN:VTIMEZONE/)
    }
    assert.deepEqual(methods, [])
  })

  test('no broken mail makes a parser fail', async () => {
    const broken = letters.filter(({ isMalformed }) => isMalformed)
    assert.ok(broken.length >= 5)
    for (const letter of broken) for (const copy of letter.copies) await simpleParser(letter.raw(copy))
  })
})

describe('threads', () => {
  test('what one demo user sent to another lies in both mailboxes under one Message-ID', async () => {
    const ids = { alice: await idsOf('alice'), bob: await idsOf('bob'), carol: await idsOf('carol') }
    let shared = 0
    for (const user of users) {
      for (const { raw, folder } of mailboxes[user].filter((message) => message.folder === 'Sent')) {
        const parsed = await simpleParser(raw)
        const recipients = [parsed.to, parsed.cc].flat().flatMap((list) => list?.value ?? [])
        for (const other of users.filter((one) =>
          recipients.some(({ address }) => address === `${one}@ulti.example`),
        )) {
          assert.ok(ids[other].has(parsed.messageId ?? ''), `${folder} of ${user}: ${parsed.subject}`)
          shared++
        }
      }
    }
    assert.ok(shared > 60, `${shared} shared`)
  })

  test('each reply names its parent, and all that the parent named, in References', () => {
    const byId = new Map(letters.map((letter) => [letter.id, letter]))
    const replies = letters.filter(({ inReplyTo }) => inReplyTo)
    for (const reply of replies) {
      const parent = byId.get(reply.inReplyTo ?? '')
      assert.ok(parent && parent.sentAt < reply.sentAt)
      assert.deepEqual(reply.references, [...parent.references, parent.id])
    }
    assert.ok(replies.length > 90)
  })

  test('all three see the whole of the longest conversation', () => {
    const thread = letters.filter(({ subject }) => subject.endsWith(gymKeySubject))
    assert.equal(thread.length, 14)
    for (const letter of thread) assert.deepEqual(letter.copies.map(({ user }) => user).toSorted(), users)
  })

  test('one pair of mails shares a Message-ID and nothing else does', async () => {
    const ids = await Promise.all(mailboxes.alice.map(async ({ raw }) => (await simpleParser(raw)).messageId))
    assert.equal(ids.length - new Set(ids).size, 1)
  })
})

function allMessages(): DemoMessage[] {
  return users.flatMap((user) => mailboxes[user])
}

function longestLine(raw: Buffer): number {
  return Math.max(
    ...raw
      .toString('latin1')
      .split('\r\n')
      .map((line) => line.length),
  )
}

function findBySubject(mailbox: readonly DemoMessage[], subject: string): DemoMessage {
  const letter = letters.find((candidate) => candidate.subject === subject)
  const found = mailbox.find(({ raw }) => letter && raw.includes(`Message-ID: <${letter.id}>`))
  assert.ok(found, subject)
  return found
}

async function idsOf(user: DemoUser): Promise<Set<string>> {
  const parsed = await Promise.all(mailboxes[user].map(({ raw }) => simpleParser(raw)))
  return new Set(parsed.map(({ messageId }) => messageId ?? ''))
}
