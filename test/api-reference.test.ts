import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { startTestApp } from './harness/app.ts'

suite('the reference page', async () => {
  const app = await startTestApp()
  after(() => app.close())
  const get = async (path: string) => {
    const answer = await fetch(new URL(path, app.url))
    return { status: answer.status, headers: answer.headers, text: await answer.text() }
  }
  const page = await get('/api/docs')
  /** The files that the page loads, whole addresses. */
  const files = [...page.text.matchAll(/<(?:script|link|img)\b[^>]*?\b(?:src|href)="([^"]+)"/g)].map(
    ([, address = '']) => new URL(address, `${app.url}/api/docs/`),
  )

  test('is there, and loads every file from here', async () => {
    assert.equal(page.status, 200)
    assert.match(page.headers.get('content-type') ?? '', /^text\/html/)
    assert.ok(files.length >= 3)
    for (const file of files) {
      assert.equal(file.origin, app.url, file.href)
      const { status, text } = await get(file.pathname)
      assert.equal(status, 200, file.href)
      assert.ok(text.length > 0, file.href)
    }
  })

  test('is allowed by its own policy to load what it loads, and nothing from elsewhere', async () => {
    const policy = new Map(
      (page.headers.get('content-security-policy') ?? '')
        .split(';')
        .map((directive) => directive.trim().split(/\s+/))
        .map(([name = '', ...sources]) => [name, sources] as const),
    )
    for (const [name, sources] of policy) {
      for (const source of sources) assert.match(source, /^('self'|'none'|'unsafe-inline'|data:)$/, name)
    }
    const allowing = (name: string) => policy.get(name) ?? policy.get('default-src') ?? []
    for (const name of ['script-src', 'style-src', 'connect-src', 'img-src', 'font-src']) {
      assert.ok(allowing(name).includes("'self'"), name)
    }
    assert.ok(!allowing('script-src').includes("'unsafe-inline'"))
    assert.doesNotMatch(page.text, /<script(?![^>]*\bsrc=)[^>]*>\s*[^<\s]/, 'an inline script would not run')
    assert.doesNotMatch(page.text, /\son\w+="/, 'an inline handler would not run')
  })

  test('asks no other host for anything', async () => {
    for (const file of files.filter(({ pathname }) => pathname.endsWith('.css'))) {
      const { text } = await get(file.pathname)
      assert.doesNotMatch(text, /(url\(|@import)\s*["']?(https?:)?\/\//, file.href)
    }
    const initializer = files.find(({ pathname }) => pathname.endsWith('swagger-initializer.js'))
    const { text } = await get(initializer?.pathname ?? '')
    assert.doesNotMatch(text.replaceAll(/\/\/.*$/gm, ''), /["'`](https?:)?\/\/(?!localhost)/)
    assert.doesNotMatch(page.text, /(src|href)="(https?:)?\/\//)
  })

  test('reads the document of this very server', async () => {
    const initializer = files.find(({ pathname }) => pathname.endsWith('swagger-initializer.js'))
    const { text } = await get(initializer?.pathname ?? '')
    assert.match(text, /json/)
    const { status } = await get('/api/docs/json')
    assert.equal(status, 200)
  })
})
