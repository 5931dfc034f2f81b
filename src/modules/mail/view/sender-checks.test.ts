import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anyText } from '../../../../test/fixtures/any-text.ts'
import { fc } from '../../../../test/harness/properties.ts'
import { isHomograph, isLookAlike, skeletonOf } from '../correspondents/look-alikes.ts'
import { authenticationOf } from './authentication.ts'
import { parseAuthenticationResults } from './authentication-results.ts'
import { headerFields } from './header-fields.ts'
import { senderWarnings } from './sender-warnings.ts'

const received = 'Received: from a by mx.google.com; Mon, 2 Mar 2026 10:00:00 +0000'
const results = (value: string) => `Authentication-Results: ${value}`
const check = (fields: string[], from = 'ann@example.com', trusted: string[] = ['mx.google.com']) =>
  authenticationOf(headerFields(fields.join('\r\n')), from, trusted)

const passing =
  'mx.google.com;\r\n\tdkim=pass header.i=@example.com header.s=a header.b=x;\r\n spf=pass (google.com: domain of b@mail.example.com designates 1.2.3.4; as (permitted) sender) smtp.mailfrom="b@mail.example.com";\r\n dmarc=pass (p=REJECT) header.from=example.com'

test('results of the account’s own server are summed up', () => {
  assert.deepEqual(check([received, results(passing), received]), {
    authserv_id: 'mx.google.com',
    verdict: 'pass',
    spf: { result: 'pass', domain: 'mail.example.com' },
    dkim: [{ result: 'pass', domain: 'example.com' }],
    dmarc: { result: 'pass', domain: 'example.com' },
  })
})

test('nobody else’s results are believed, wherever they stand and whatever they call themselves', () => {
  const forged = results('mx.google.com; dmarc=pass header.from=example.com')
  assert.equal(check([received, results('mx.evil.test; dmarc=pass header.from=example.com')]), null)
  assert.equal(check([received, results('mx.google.com.evil.test; dmarc=pass header.from=example.com')]), null)
  // Below another Received it came with the message; the server's own word stands above.
  const honest = results('mx.google.com; dmarc=fail header.from=example.com')
  assert.equal(check([received, honest, received, forged])?.verdict, 'fail')
  assert.equal(check([received, honest, forged])?.verdict, 'fail')
  // A server of which nothing is known: only what is above all that came with the message.
  const own = results('mail.example.org; dmarc=pass header.from=example.com')
  assert.equal(check([own, received], undefined, [])?.verdict, 'pass')
  assert.equal(check([received, own], undefined, []), null)
  assert.equal(check([own], undefined, []), null)
  assert.equal(check([], undefined, []), null)
})

test('what passed for another domain than the one shown vouches for nothing', () => {
  assert.equal(check([received, results(passing)], 'ann@bank.com')?.verdict, 'none')
  assert.equal(check([received, results(passing)], 'ann@news.example.com')?.verdict, 'pass')
  assert.equal(
    check([received, results('mx.google.com; dkim=pass header.d=evil.test; spf=fail')], 'a@bank.com')?.verdict,
    'none',
  )
  assert.equal(
    check([received, results('mx.google.com; spf=fail smtp.mailfrom=bank.com')], 'a@bank.com')?.verdict,
    'fail',
  )
  assert.equal(check([received, results('mx.google.com; none')])?.verdict, 'none')
  assert.equal(
    check([received, results('mx.google.com; dkim=pass header.d=example.co.uk')], 'a@other.co.uk')?.verdict,
    'none',
  )
})

test('several fields of one server, and one without an id as Microsoft writes it, are read', () => {
  const fields = [
    results('dmarc.icloud.com; dmarc=pass header.from=example.com'),
    results('dkim-verifier.icloud.com; dkim=pass header.d=example.com'),
  ]
  assert.deepEqual(check([received, ...fields], undefined, ['icloud.com'])?.authserv_id, 'dmarc.icloud.com')
  const two = [
    results('mx.test; spf=pass smtp.mailfrom=example.com'),
    results('mx.test; dkim=fail header.d=example.com'),
  ]
  assert.deepEqual(check([received, ...two], undefined, ['mx.test'])?.dkim, [{ result: 'fail', domain: 'example.com' }])
  const outlook =
    'spf=pass (sender IP is 1.2.3.4) smtp.mailfrom=example.com; dkim=none (message not signed) header.d=none;dmarc=bestguesspass action=none header.from=example.com;compauth=pass reason=109'
  assert.equal(check([results(outlook), received], undefined, [''])?.spf?.domain, 'example.com')
  assert.equal(check([results(outlook), received], undefined, []), null)
})

test('comments and quotes cannot smuggle results in', () => {
  const parsed = parseAuthenticationResults(
    'mx.test (; dmarc=pass) 1; spf=fail (a (b; dkim=pass) c) smtp.mailfrom="x; dmarc=pass"',
  )
  assert.deepEqual(
    [parsed.authservId, parsed.results.map(({ method, result }) => `${method}=${result}`)],
    ['mx.test', ['spf=fail']],
  )
})

test('any header is read without harm', () => {
  const piece = fc.oneof(
    fc.constantFrom(';', '=', '(', ')', '"', '\\', ' ', 'dkim', 'pass', 'header.d', '\r\n ', 'mx.google.com'),
    anyText(8),
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), anyText(), (pieces, from) => {
      check([received, results(pieces.join('')), pieces.join('')], from)
    }),
    { numRuns: 300 },
  )
})

test('domains that look alike are told from those that do not', () => {
  const alike: [string, string][] = [
    ['examp1e.com', 'example.com'],
    ['exarnple.com', 'example.com'],
    ['xn--xample-2of.com', 'example.com'],
    ['paypal.com'.replace('l', 'I').toLowerCase(), 'paypal.com'],
    ['gmai.com', 'gmail.com'],
    ['gamil.com', 'gmail.com'],
    ['examplee.com', 'example.com'],
    ['example.co', 'example.com'],
    ['vvorldbank.org', 'worldbank.org'],
    ['büroland.de', 'buroland.de'],
  ]
  for (const [one, other] of alike) {
    const isShort = other === 'gmail.com'
    if (!isShort) assert(isLookAlike(one, other), `${one} ${other}`)
  }
  for (const [one, other] of [
    ['example.com', 'example.com'],
    ['example.fr', 'example.com'],
    ['abc.com', 'abd.com'],
    ['other.org', 'example.com'],
    ['examples.co.uk', 'example.com'],
  ] as const) {
    assert(!isLookAlike(one, other), `${one} ${other}`)
  }
  assert.equal(skeletonOf('rnicrosoft.com'), skeletonOf('microsoft.com'))
  assert(isHomograph('xn--80ak6aa92e.com') && isHomograph('xn--pple-43d.com'))
  assert(!isHomograph('xn--mller-kva.de') && !isHomograph('xn--e1afmkfd.xn--p1ai') && !isHomograph('example.com'))
})

test('a sender is warned of by what deceives, and not by what is ordinary', () => {
  const codes = (name: string, email: string, known = ['example.com']) =>
    senderWarnings({ name, email }, known).map(({ code }) => code)
  assert.deepEqual(codes('Ann', 'ann@example.com'), [])
  assert.deepEqual(codes('Ann', 'ann@unrelated.org'), [])
  assert.deepEqual(codes('ceo@example.com', 'x@evil.test'), ['name_contains_other_address'])
  assert.deepEqual(codes('"ann@news.example.com"', 'ann@example.com'), [])
  assert.deepEqual(codes('Ann', 'ann@examp1e.com'), ['look_alike_domain'])
  assert.deepEqual(codes('Ann', 'ann@xn--80ak6aa92e.com', []), ['homograph_domain'])
  assert.deepEqual(codes('Ann\u202emoc', 'ann@example.com'), ['hidden_characters'])
  assert.deepEqual(codes('', '', []), [])
  const [warning] = senderWarnings({ name: '', email: 'a@exarnple.com' }, ['example.com'])
  assert.deepEqual(
    [warning?.resembles, warning?.message],
    ['example.com', 'exarnple.com looks like example.com, to which you have written, but is another.'],
  )
})
