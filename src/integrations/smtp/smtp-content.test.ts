import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { suite, test } from 'node:test'
import { fc } from '../../../test/harness/properties.ts'
import { wireContent } from './smtp-content.ts'
import { createReplyReader, type SmtpReply } from './smtp-reply.ts'

/** Any bytes, with more line ends and dots than chance would have, cut anywhere. */
const anyChunks = fc.array(
  fc.array(fc.oneof(fc.constantFrom(10, 13, 46), fc.integer({ min: 0, max: 255 })), { maxLength: 12 }),
  { maxLength: 8 },
)

const wired = async (chunks: readonly number[][], stuffDots: boolean) =>
  (
    await buffer(
      Readable.from(wireContent(Readable.from(chunks.map((chunk) => Buffer.from(chunk))), { stuffDots }), {
        objectMode: false,
      }),
    )
  ).toString('latin1')

suite('content on the wire', () => {
  test('is the same text with CRLF line ends, the last one ended, wherever it is cut', async () => {
    const property = fc.asyncProperty(anyChunks, async (chunks) => {
      const given = Buffer.concat(chunks.map((chunk) => Buffer.from(chunk))).toString('latin1')
      const lines = given.replaceAll(/\r\n|\r|\n/g, '\r\n')
      const ended = lines === '' || lines.endsWith('\r\n') ? lines : `${lines}\r\n`
      assert.equal(await wired(chunks, false), ended)
      assert.equal(await wired(chunks, true), ended.replaceAll(/(?<=^|\r\n)\./g, '..'))
    })
    await fc.assert(property, { numRuns: 500 })
  })

  test('never holds the end of a message before its end', async () => {
    const property = fc.asyncProperty(anyChunks, async (chunks) => {
      assert.doesNotMatch(`\r\n${await wired(chunks, true)}`, /\r\n\.\r\n/)
    })
    await fc.assert(property, { numRuns: 500 })
  })
})

suite('replies', () => {
  const read = (...chunks: Buffer[]) => {
    const replies: SmtpReply[] = []
    const reader = createReplyReader((reply) => replies.push(reply))
    for (const chunk of chunks) reader.push(chunk)
    return replies
  }

  test('are read alike however they are cut', () => {
    const said = Buffer.from('250-mail.test\r\n250-SIZE 10\r\n250 ok\r\n250 2.0.0 später\r\n354\r\n')
    const whole = read(said)
    assert.deepEqual(whole, [
      { code: 250, text: '250-mail.test\n250-SIZE 10\n250 ok' },
      { code: 250, text: '250 2.0.0 später' },
      { code: 354, text: '354' },
    ])
    for (let at = 1; at < said.length; at++) {
      assert.deepEqual(read(said.subarray(0, at), said.subarray(at)), whole)
    }
  })

  test('count only when their end is there', () => {
    assert.deepEqual(read(Buffer.from('250 2.0.0 queued')), [])
  })

  test('in another charset are kept byte for byte; what is no SMTP, or endless, ends it', () => {
    assert.deepEqual(read(Buffer.from('250 sp\xe4ter\r\n', 'latin1')), [{ code: 250, text: '250 sp\xe4ter' }])
    assert.throws(() => read(Buffer.from('HTTP/1.1 400 Bad Request\r\n')), /no SMTP/)
    assert.throws(() => read(Buffer.alloc(70_000, 97)), /more than/)
    assert.throws(() => read(Buffer.from(`250-${'a'.repeat(1000)}\r\n`.repeat(80))), /more than/)
  })
})
