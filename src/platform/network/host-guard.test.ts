import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createHostGuard, type HostGuard } from './host-guard.ts'

const resolvingTo = (...addresses: string[]) => ({ resolve: async () => addresses.map((address) => ({ address })) })
const refuses = (guard: HostGuard, host = 'mail.example') =>
  assert.rejects(guard.check(host), (error: { code?: string }) => error.code === 'host_forbidden')

const forbidden = [
  ['loopback', '127.0.0.1'],
  ['loopback, not the first', '127.8.9.10'],
  ['this network', '0.0.0.0'],
  ['private 10', '10.1.2.3'],
  ['private 172.16', '172.31.255.254'],
  ['private 192.168', '192.168.0.1'],
  ['link-local and cloud metadata', '169.254.169.254'],
  ['carrier-grade NAT', '100.64.0.1'],
  ['metadata of Alibaba', '100.100.100.200'],
  ['metadata of Oracle', '192.0.0.192'],
  ['agent of Azure', '168.63.129.16'],
  ['benchmarking', '198.18.0.1'],
  ['documentation', '203.0.113.9'],
  ['multicast', '224.0.0.1'],
  ['broadcast', '255.255.255.255'],
  ['IPv6 loopback', '::1'],
  ['IPv6 unspecified', '::'],
  ['IPv6 unique local', 'fd00:ec2::254'],
  ['IPv6 link-local', 'fe80::1'],
  ['IPv6 link-local with a zone', 'fe80::1%eth0'],
  ['IPv6 site-local', 'fec0::1'],
  ['IPv6 multicast', 'ff02::1'],
  ['IPv4-mapped loopback', '::ffff:127.0.0.1'],
  ['IPv4-mapped public', '::ffff:9.9.9.9'],
  ['IPv4-compatible loopback', '::127.0.0.1'],
  ['NAT64 to a private address', '64:ff9b::10.0.0.1'],
  ['6to4 of a private address', '2002:a00:1::'],
  ['Teredo', '2001:0:1::1'],
  ['documentation IPv6', '2001:db8::1'],
  ['what is no address', 'not-an-address'],
] as const

for (const [name, address] of forbidden) {
  test(`refuses ${name}: ${address}`, () => refuses(createHostGuard({ allow: [], ...resolvingTo(address) })))
}

test('answers a public address with its family', async () => {
  const v4 = createHostGuard({ allow: [], ...resolvingTo('9.9.9.9') })
  assert.deepEqual(await v4.check('mail.example'), { address: '9.9.9.9', family: 4 })
  const v6 = createHostGuard({ allow: [], ...resolvingTo('2620:fe::fe') })
  assert.deepEqual(await v6.check('mail.example'), { address: '2620:fe::fe', family: 6 })
})

test('passes over forbidden addresses of a host that has a public one too', async () => {
  const guard = createHostGuard({ allow: [], ...resolvingTo('10.0.0.1', '9.9.9.9') })
  assert.equal((await guard.check('mail.example')).address, '9.9.9.9')
})

test("the operator's list opens names, addresses and networks, and nothing beside them", async () => {
  const allow = ['mail.intern', '10.0.0.0/8', '::1']
  const inside = createHostGuard({ allow, ...resolvingTo('10.200.0.1') })
  assert.equal((await inside.check('anything.example')).address, '10.200.0.1')
  const byName = createHostGuard({ allow, ...resolvingTo('192.168.1.1') })
  assert.equal((await byName.check('Mail.Intern.')).address, '192.168.1.1')
  await refuses(byName, 'other.intern')
  await refuses(byName, 'sub.mail.intern')
  assert.equal((await createHostGuard({ allow, ...resolvingTo('::1') }).check('x')).family, 6)
  await refuses(createHostGuard({ allow, ...resolvingTo('::2') }))
  await refuses(createHostGuard({ allow, ...resolvingTo('::ffff:10.0.0.1') }))
})

test('sees through other spellings of an address', async () => {
  for (const host of ['127.1', '0x7f.0.0.1', '2130706433', '017700000001', 'localhost']) {
    await refuses(createHostGuard({ allow: [] }), host)
  }
})

test("passes the resolver's failure on", async () => {
  const failure = Object.assign(new Error('no such host'), { code: 'ENOTFOUND' })
  const guard = createHostGuard({ allow: [], resolve: () => Promise.reject(failure) })
  await assert.rejects(guard.check('nowhere.example'), failure)
})
