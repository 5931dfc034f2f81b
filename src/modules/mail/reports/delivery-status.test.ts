import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { fc } from '../../../../test/harness/properties.ts'
import { headerFields } from '../view/header-fields.ts'
import { isAutoSubmitted, isMachineAddress, mayBeAnsweredByMachine } from './automatic-mail.ts'
import { readDeliveryStatus } from './delivery-status.ts'

const postfix = `Reporting-MTA: dns; mx.example.test
X-Postfix-Queue-ID: 4F2A
Original-Envelope-Id: 0192f000-0000-7000-8000-000000000000
Arrival-Date: Mon, 02 Nov 2026 10:00:00 +0000 (UTC)

Final-Recipient: rfc822; gone@example.test
Original-Recipient: rfc822;Gone+Tag@example.test
Action: failed
Status: 5.1.1
Remote-MTA: dns; mail.example.test
Diagnostic-Code: smtp; 550 5.1.1 <gone@example.test>: Recipient address
    rejected: User unknown

Final-Recipient: rfc822; slow@example.test
Action: delayed
Status: 4.4.1
`

suite('delivery status', () => {
  test('tells of the message and of each recipient', () => {
    assert.deepEqual(readDeliveryStatus(postfix.replaceAll('\n', '\r\n')), {
      envelopeId: '0192f000-0000-7000-8000-000000000000',
      recipients: [
        {
          addresses: ['Gone+Tag@example.test', 'gone@example.test'],
          action: 'failed',
          status: '5.1.1',
          reason: '550 5.1.1 <gone@example.test>: Recipient address rejected: User unknown',
        },
        { addresses: ['slow@example.test'], action: 'delayed', status: '4.4.1', reason: null },
      ],
    })
  })

  test('is read when the fields of the message are missing, or the address is xtext', () => {
    const bare =
      'Final-Recipient: RFC822;<a+2Bb@example.test>\nAction: Failed (user unknown)\nStatus: 5.0.0 (permanent)\n'
    assert.deepEqual(readDeliveryStatus(bare), {
      envelopeId: null,
      recipients: [
        { addresses: ['a+2Bb@example.test', 'a+b@example.test'], action: 'failed', status: '5.0.0', reason: null },
      ],
    })
  })

  test('of anything at all never throws, and tells nothing that is not there', () => {
    const word = fc.constantFrom(
      'Action: failed',
      'Final-Recipient: rfc822; a@b',
      ':',
      '\n\n',
      '\r\n',
      ' ',
      'Status',
      '\0',
    )
    const anything = fc.array(
      fc.oneof(
        word,
        fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
      ),
      { maxLength: 40 },
    )
    const property = fc.property(anything, (pieces) => {
      const text = pieces.join('')
      for (const { addresses } of readDeliveryStatus(text).recipients) {
        assert.ok(addresses.length > 0 && text.includes(addresses[0] ?? '?'))
      }
    })
    fc.assert(property, { numRuns: 300 })
  })
})

suite('mail of machines', () => {
  const machines = [
    'Auto-Submitted: auto-replied',
    'Auto-Submitted: auto-generated; owner-email="x"',
    'Precedence: bulk',
    'Precedence: auto_reply',
    'X-Autoreply: yes',
  ]
  const silent = [
    'List-Id: <x.example.test>',
    'List-Unsubscribe: <mailto:x@example.test>',
    'X-Auto-Response-Suppress: DR, OOF, AutoReply',
    'X-Auto-Response-Suppress: All',
    'Return-Path: <>',
    'Return-Path: < >',
    'X-Spam-Flag: YES',
    'X-Loop: me',
  ]
  const answered = ['', 'Auto-Submitted: no', 'Return-Path: <a@b.test>', 'X-Spam-Flag: NO', 'Precedence: first-class']

  test('is known by its header, and what else asks for silence is', () => {
    for (const line of machines) assert.ok(isAutoSubmitted(headerFields(`Subject: x\r\n${line}\r\n`)), line)
    for (const line of [...machines, ...silent]) assert.ok(!mayBeAnsweredByMachine(headerFields(line)), line)
    for (const line of answered) {
      assert.ok(mayBeAnsweredByMachine(headerFields(line)), line)
      assert.ok(!isAutoSubmitted(headerFields(line)), line)
    }
  })

  test('is known by addresses that nobody reads', () => {
    for (const name of [
      'MAILER-DAEMON',
      'no-reply',
      'noreply',
      'do_not_reply',
      'bounce+x=y',
      'owner-list',
      'a-request',
    ]) {
      assert.ok(isMachineAddress(`${name}@example.test`), name)
    }
    for (const name of ['bob', 'reply', 'nora', 'bouncer', 'a.owner']) {
      assert.ok(!isMachineAddress(`${name}@example.test`), name)
    }
  })
})
