import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { fc } from '../../../../test/harness/properties.ts'
import { parseAddress } from './address.ts'

suite('addresses', () => {
  const taken = [
    ['bob@example.test', 'bob@example.test', false],
    ["o'hara+tag.x@Sub.Example.Test", "o'hara+tag.x@sub.example.test", false],
    ['bob@localhost', 'bob@localhost', false],
    ['bob@bücher.example', 'bob@xn--bcher-kva.example', false],
    ['zoë@bücher.example', 'zoë@xn--bcher-kva.example', true],
    ['用户@例子.中国', '用户@xn--fsqu00a.xn--fiqs8s', true],
  ] as const
  for (const [given, email, requiresSmtpUtf8] of taken) {
    test(`takes ${given}`, () => assert.deepEqual(parseAddress(given), { email, requiresSmtpUtf8 }))
  }

  const refused = [
    'bob',
    '@example.test',
    'bob@',
    'a@b@example.test',
    'bob @example.test',
    ' bob@example.test',
    'bob@example.test\r\nRCPT TO:<eve@example.test>',
    'bob\n@example.test',
    'bob@exa mple.test',
    '<bob@example.test>',
    'Bob <bob@example.test>',
    'bob@example.test,eve@example.test',
    '"b o b"@example.test',
    'b..ob@example.test',
    '.bob@example.test',
    'bob.@example.test',
    'bob@-example.test',
    'bob@example..test',
    'bob@127.0.0.1',
    'bob@[127.0.0.1]',
    'bob@example.test/../',
    'bob@example.test:25',
    'bob@example.test#',
    'bob@example%2etest',
    `${'b'.repeat(65)}@example.test`,
    `bob@${'a.'.repeat(130)}test`,
    'bob\u0000@example.test',
    'b\u202eob@example.test',
  ]
  for (const given of refused) {
    test(`refuses ${JSON.stringify(given).slice(0, 60)}`, () => assert.equal(parseAddress(given), undefined))
  }

  test('whatever it takes fits into one SMTP command', () => {
    const property = fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (local, domain) => {
      const { email = '' } = parseAddress(`${local}@${domain}`) ?? {}
      assert.doesNotMatch(email, /[\0-\x20<>,;:"\\]/)
      assert.ok(Buffer.byteLength(email) <= 254)
    })
    fc.assert(property, { numRuns: 500 })
  })
})
