import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AppError } from '#platform/errors.ts'
import { fc } from '../../../test/harness/properties.ts'
import { davPath, decodePath, encodePath, pathOfHref } from './dav-path.ts'

const root = '/remote.php/dav'
const isInvalidPath = (error: unknown) => error instanceof AppError && error.code === 'invalid_path'

const names = [
  'Été 100%.txt',
  '😀🏳️‍🌈',
  'שלום עולם',
  'a%2Fb',
  'trailing...',
  "it's (1)!*",
  'x'.repeat(255),
  'a+b&c=d?e#f',
  '%2e%2e',
  '…',
]

test('names of every kind survive the way out and back', () => {
  for (const name of names) {
    const path = davPath('files', 'alice', name)
    const encoded = encodePath(path)
    assert.match(encoded, /^[A-Za-z0-9/%._~-]+$/)
    assert.equal(decodePath(encoded), path)
    assert.deepEqual(pathOfHref(`/cloud${root}${encoded.toLowerCase()}`, root)?.prefix, '/cloud')
    assert.equal(pathOfHref(`${root}${encoded}`, root)?.path, path)
  }
})

test('any name without a slash, a backslash or a NUL is a name', () => {
  const name = fc
    .string({ unit: 'grapheme', minLength: 1 })
    .filter((one) => !/[/\\\0]/.test(one) && !/^\.\.?$/.test(one))
  fc.assert(
    fc.property(name, fc.boolean(), (one, isFolder) => {
      const path = davPath('files', one) + (isFolder ? '/' : '')
      assert.equal(decodePath(encodePath(path)), path)
    }),
    { numRuns: 500 },
  )
})

test('names are asked for in NFC, whatever form they come in', () => {
  assert.equal(davPath('e\u0301'), '/\u00e9')
  assert.equal(encodePath('/e\u0301'), '/%C3%A9')
})

test('a way out of the path is refused in every encoding', () => {
  const ways = [
    ...[
      '..',
      '.',
      '%2e%2e',
      '.%2E',
      '%2e',
      '..%2f..%2fbob',
      '%2e%2e%2fbob',
      '%2f',
      '%5c..',
      '..%5cbob',
      '%00',
      'a%00b',
    ],
    ...['%c0%ae%c0%ae', '%e0%80%ae', '%ff', '%', '%zz', '%u002e', '%ed%a0%80'],
  ]
  for (const way of ways) {
    assert.throws(() => decodePath(`/files/alice/${way}/x`), isInvalidPath, way)
    assert.equal(pathOfHref(`${root}/files/alice/${way}/x`, root), undefined, way)
  }
  for (const name of ['', '.', '..', 'a/b', 'a\\b', '\0', '\ud800'])
    assert.throws(() => davPath('files', name), isInvalidPath)
  assert.throws(() => encodePath('/files/../bob'), isInvalidPath)
  assert.throws(() => encodePath('files/alice'), isInvalidPath)
})

test('what was encoded twice is a name with percent signs, and stays one', () => {
  assert.equal(decodePath('/files/%252e%252e'), '/files/%2e%2e')
  assert.equal(encodePath('/files/%2e%2e'), '/files/%252e%252e')
})

test('an href is a path or a URL, below the root or not ours', () => {
  assert.deepEqual(pathOfHref('http://nextcloud/cloud/remote.php/dav/files/a/', root), {
    path: '/files/a/',
    prefix: '/cloud',
  })
  assert.deepEqual(pathOfHref('/remote.php/dav/files/a/remote.php/dav/b', root), {
    path: '/files/a/remote.php/dav/b',
    prefix: '',
  })
  assert.deepEqual(pathOfHref('/remote.php/dav', root), { path: '/', prefix: '' })
  assert.deepEqual(pathOfHref('/x/y?z#w', ''), { path: '/x/y', prefix: '' })
  for (const href of ['/remote.php/davx/a', '/other', 'mailto:x', '', '//', 'remote.php/dav/a']) {
    if (href !== '//') assert.equal(pathOfHref(href, root), undefined, href)
  }
})
