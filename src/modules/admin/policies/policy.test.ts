import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { attachmentFault, mayForwardTo, mayUseMailHost, narrowed, type Policies, policyFor } from './policy.ts'

const policies: Policies = {
  everybody: { session_hours: 24, forwarding: { is_allowed: true, domains: ['ulti.example'] } },
  groups: [
    { group: 'staff', policy: { forwarding: { is_allowed: true } } },
    { group: 'pupils', policy: { modules: ['mail'], forwarding: { is_allowed: false }, session_hours: 8 } },
  ],
}

suite('policies', () => {
  test('the first group in order has the word of each matter, then everybody', () => {
    const table = [
      [[], { session_hours: 24, forwarding: { is_allowed: true, domains: ['ulti.example'] } }],
      [['others'], { session_hours: 24, forwarding: { is_allowed: true, domains: ['ulti.example'] } }],
      [['pupils'], { modules: ['mail'], forwarding: { is_allowed: false }, session_hours: 8 }],
      [['pupils', 'staff'], { modules: ['mail'], forwarding: { is_allowed: true }, session_hours: 8 }],
      [['staff'], { forwarding: { is_allowed: true }, session_hours: 24 }],
    ] as const
    for (const [groups, expected] of table) assert.deepEqual(policyFor(groups, policies).policy, expected, `${groups}`)
    const { sources } = policyFor(['pupils', 'staff'], policies)
    assert.deepEqual(sources, {
      modules: { group: 'pupils' },
      forwarding: { group: 'staff' },
      session_hours: { group: 'pupils' },
    })
    assert.deepEqual(policyFor([], policies).sources.session_hours, { group: null })
  })

  test('permissions of other modules go, those of oneself and of administrators stay', () => {
    const granted = new Set(['mail:read', 'drive:read', 'drive:write', 'account:write', 'admin', 'admin:audit'])
    assert.deepEqual(
      [...narrowed(granted, { modules: ['mail'] })],
      ['mail:read', 'account:write', 'admin', 'admin:audit'],
    )
    assert.equal(narrowed(granted, {}), granted)
    assert.deepEqual([...narrowed(new Set(['mail:read']), { modules: [] })], [])
  })

  test('mail servers are allowed with those below them', () => {
    const table = [
      [undefined, 'anything.test', true],
      [[], 'anything.test', false],
      [['ulti.example'], 'ulti.example', true],
      [['ulti.example'], 'IMAP.Ulti.Example.', true],
      [['ulti.example'], 'evilulti.example', false],
      [['ulti.example'], 'ulti.example.evil.test', false],
    ] as const
    for (const [hosts, host, isAllowed] of table) {
      assert.equal(mayUseMailHost(hosts ? { mail_hosts: hosts } : {}, host), isAllowed, `${hosts} ${host}`)
    }
  })

  test('mail is forwarded where it may be', () => {
    const inside = { is_allowed: true, domains: ['ulti.example'] }
    const table = [
      [undefined, 'a@b.test', true],
      [{ is_allowed: false }, 'a@ulti.example', false],
      [{ is_allowed: true }, 'a@b.test', true],
      [inside, 'a@ulti.example', true],
      [inside, 'a@mail.ulti.example', true],
      [inside, 'a@b.test', false],
      [inside, '"a@ulti.example"@b.test', false],
      [{ is_allowed: true, domains: [] }, 'a@ulti.example', false],
    ] as const
    for (const [forwarding, address, isAllowed] of table) {
      assert.equal(mayForwardTo(forwarding ? { forwarding } : {}, address), isAllowed, address)
    }
  })

  test('files are refused by any of their endings, and by their size', () => {
    const attachments = { max_bytes: 100, forbidden_extensions: ['exe', 'JS'] }
    const table = [
      ['photo.jpg', 100, undefined],
      ['photo.jpg', undefined, undefined],
      ['photo.jpg', 101, 'size'],
      ['setup.EXE', 1, 'type'],
      ['invoice.exe.txt', 1, 'type'],
      ['page.js', 1, 'type'],
      ['exe', 1, undefined],
    ] as const
    for (const [filename, sizeBytes, fault] of table) {
      assert.equal(attachmentFault({ attachments }, { filename, sizeBytes }), fault, filename)
      assert.equal(attachmentFault({}, { filename, sizeBytes }), undefined)
    }
  })
})
