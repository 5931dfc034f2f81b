import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { suite, test } from 'node:test'

const root = resolve(import.meta.dirname, '..')
const isText = (path: string) => !/\.(png|jpg|gif|ico|webp|pdf|zip|woff2?)$/.test(path)

suite('the repository', () => {
  const paths = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' }).split('\0').filter(Boolean)
  const files = paths.filter(isText).map((path) => ({ path, text: readIfThere(path) }))
  const holding = (pattern: RegExp, except: (path: string) => boolean = () => false) =>
    files.filter(({ path, text }) => !except(path) && pattern.test(text)).map(({ path }) => path)

  test('names no path of the machine on which it was written', () => {
    assert.deepEqual(holding(/(?<![\w.])\/(work|home|Users|root)\/[\w.-]+/, isTestOfPaths), [])
  })

  test('takes packages from the public registry alone', () => {
    const lock = JSON.parse(readIfThere('package-lock.json')) as { packages: { [path: string]: { resolved?: string } } }
    const hosts = Object.values(lock.packages).map(({ resolved }) => resolved && new URL(resolved).host)
    assert.deepEqual(
      [...new Set(hosts.filter(Boolean))].filter((host) => host !== 'registry.npmjs.org'),
      [],
    )
  })

  test('keeps no secret: no private key and no env file', () => {
    const key = new RegExp(`-----BEGIN ${'(RSA |EC |OPENSSH )?'}PRIVATE KEY-----`)
    assert.deepEqual(holding(key, isTestOfPaths), [])
    assert.deepEqual(
      paths.filter((path) => /(^|\/)\.env(\.(?!example)[^/]*)?$/.test(path)),
      [],
    )
  })

  test('leaves nothing undone that it speaks of', () => {
    const marks = new RegExp(`\\b(${['TO', 'FIX', 'XX'].map((head, at) => head + ['DO', 'ME', 'X'][at]).join('|')})\\b`)
    assert.deepEqual(
      holding(marks, (path) => path === 'package-lock.json'),
      [],
    )
  })

  function readIfThere(path: string): string {
    try {
      return readFileSync(resolve(root, path), 'utf8')
    } catch {
      return ''
    }
  }
})

/** Tests may speak of such things in order to refuse them. */
const isTestOfPaths = (path: string): boolean => path === 'test/repository.test.ts'
