import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, suite, test } from 'node:test'
import { promisify } from 'node:util'
import { startTestApp } from '../../../test/harness/app.ts'
import { startNextcloud } from '../../../test/harness/nextcloud.ts'
import { skipWithoutCadaver, skipWithoutRclone } from '../../../test/harness/servers.ts'
import { createTempDir } from '../../../test/harness/temp-dir.ts'

const run = promisify(execFile)

suite('the DAV gateway', async () => {
  const nextcloud = await startNextcloud()
  const app = await startTestApp({ ...nextcloud.settings, ULTID_RATE_LIMIT_SIGN_IN: '12' })
  const files = await createTempDir('gateway')
  after(async () => {
    await app.close()
    await nextcloud.close()
    await files.remove()
  })
  const user = (name: string) => `${name}@example.test`
  const basic = (name: string, password: string) =>
    `Basic ${Buffer.from(`${user(name)}:${password}`).toString('base64')}`

  async function device(as: string, modules?: string[]) {
    const { status, body } = await app.request('POST', '/api/v1/account/devices', {
      as,
      body: { name: 'Phone', ...(modules && { modules }) },
    })
    assert.equal(status, 201)
    const authorization = basic(as, body.password)
    const dav = async (method: string, path: string, headers: Record<string, string> = {}, content?: string) => {
      const answer = await fetch(app.url + path, {
        method,
        headers: { authorization, ...headers },
        redirect: 'manual',
        ...(content !== undefined && { body: content }),
      })
      return { status: answer.status, headers: answer.headers, text: await answer.text() }
    }
    return { ...body, dav } as { id: string; password: string; dav: typeof dav }
  }
  const alice = await device('alice')
  const carol = await device('carol')

  test('a file goes in and comes out as it was, with its ETag, and conditions hold', async () => {
    const put = await alice.dav(
      'PUT',
      '/dav/files/alice/a%20%C3%A9.txt',
      { 'content-type': 'text/plain', 'x-oc-mtime': '1700000000' },
      'bonjour',
    )
    assert.equal(put.status, 201)
    const got = await alice.dav('GET', '/dav/files/alice/a%20%C3%A9.txt', { range: 'bytes=3-' })
    assert.deepEqual([got.status, got.text, got.headers.get('etag')], [206, 'jour', put.headers.get('etag')])
    assert.equal(got.headers.get('last-modified'), 'Tue, 14 Nov 2023 22:13:20 GMT')
    assert.equal((await alice.dav('PUT', '/dav/files/alice/a%20%C3%A9.txt', { 'if-none-match': '*' }, 'x')).status, 412)
    const head = await alice.dav('HEAD', '/dav/files/alice/a%20%C3%A9.txt')
    assert.deepEqual([head.status, head.headers.get('content-length'), head.text], [200, '7', ''])
  })

  test('hrefs of answers, of requests and of headers are changed both ways', async () => {
    await alice.dav('MKCOL', '/dav/files/alice/from')
    await alice.dav('PUT', '/dav/files/alice/from/x.xml', {}, '<a><href>/cloud/remote.php/dav/files/</href></a>')
    const moved = await alice.dav('MOVE', '/dav/files/alice/from/x.xml', {
      destination: `${app.url}/dav/files/alice/from/y.xml`,
      overwrite: 'F',
    })
    assert.equal(moved.status, 201)
    const copied = await alice.dav('COPY', '/dav/files/alice/from/y.xml', {
      destination: '/dav/files/alice/from/z%2520.xml',
    })
    assert.equal(copied.status, 201)
    const listed = await alice.dav('PROPFIND', '/dav/files/alice/from', { depth: '1' })
    assert.equal(listed.status, 207)
    assert.deepEqual([...listed.text.matchAll(/<d:href>([^<]*)</g)].map(([, href]) => href).sort(), [
      '/dav/files/alice/from/',
      '/dav/files/alice/from/y.xml',
      '/dav/files/alice/from/z%2520.xml',
    ])
    assert.ok(!listed.text.includes('remote.php'))
    const search = `<d:searchrequest xmlns:d="DAV:"><d:basicsearch><d:select><d:prop><d:getetag/></d:prop></d:select><d:from><d:scope><d:href>/dav/files/alice</d:href><d:depth>infinity</d:depth></d:scope></d:from><d:where><d:like><d:prop><d:displayname/></d:prop><d:literal>y%</d:literal></d:like></d:where></d:basicsearch></d:searchrequest>`
    const found = await alice.dav('SEARCH', '/dav/', { 'content-type': 'text/xml' }, search)
    assert.match(found.text, /<d:href>\/dav\/files\/alice\/from\/y\.xml</)
    // The content of a file is nobody's to change.
    assert.match((await alice.dav('GET', '/dav/files/alice/from/y.xml')).text, /\/cloud\/remote\.php\/dav/)
    const elsewhere = { destination: 'http://other.example/files/x' }
    assert.equal((await alice.dav('MOVE', '/dav/files/alice/from/y.xml', elsewhere)).status, 400)
    const etag = /<d:getetag>(?:&quot;)?"?([0-9a-f]{32})/.exec(found.text)?.[1]
    const tagged = (tag: string | undefined) => ({
      if: `<${app.url}/dav/files/alice/from/y.xml> (["${tag}"])`,
      destination: '/dav/files/alice/from/w.xml',
    })
    assert.equal((await alice.dav('MOVE', '/dav/files/alice/from/y.xml', tagged('0'.repeat(32)))).status, 412)
    assert.equal((await alice.dav('MOVE', '/dav/files/alice/from/y.xml', tagged(etag))).status, 201)
  })

  test('clients are told where to begin, and who they are', async () => {
    for (const method of ['GET', 'PROPFIND']) {
      const answer = await fetch(`${app.url}/.well-known/caldav`, { method, redirect: 'manual' })
      assert.deepEqual([answer.status, answer.headers.get('location')], [301, '/dav/'])
    }
    const options = await alice.dav('OPTIONS', '/dav/files/alice/')
    assert.match(options.headers.get('dav') ?? '', /calendar-access/)
    const root = await alice.dav(
      'PROPFIND',
      '/dav/',
      { depth: '0' },
      '<d:propfind xmlns:d="DAV:"><d:prop><d:current-user-principal/></d:prop></d:propfind>',
    )
    assert.match(root.text, /<d:href>\/dav\/principals\/users\/alice\/</)
  })

  test('without a right password there is nothing, and the answer says how to sign in', async () => {
    const bare = await fetch(`${app.url}/dav/files/alice/`, { method: 'PROPFIND' })
    assert.deepEqual([bare.status, bare.headers.get('www-authenticate')], [401, 'Basic realm="Ulti", charset="UTF-8"'])
    const bearer = await app.request('PROPFIND', '/dav/files/alice/', { as: 'alice' })
    assert.deepEqual([bearer.status, bearer.body.code], [401, 'auth.invalid_device_password'])
    // Somebody else's password under one's own name.
    const mixed = await app.request('GET', '/dav/files/alice/a', {
      headers: { authorization: basic('alice', carol.password) },
    })
    assert.deepEqual([mixed.status, mixed.body.code], [401, 'auth.invalid_device_password'])
    const typed = await app.request('PROPFIND', '/dav/files/alice/', {
      headers: { depth: '0', authorization: basic('alice', alice.password.toUpperCase().replaceAll('-', ' ')) },
    })
    assert.equal(typed.status, 207)
    const api = await app.request('GET', '/api/v1/account/', {
      headers: { authorization: basic('alice', alice.password) },
    })
    assert.equal(api.status, 401)
  })

  test('a device password opens its modules alone, and only to its own person', async () => {
    const calendarOnly = await device('alice', ['calendar'])
    for (const [method, path] of [
      ['PROPFIND', '/dav/files/alice/'],
      ['PUT', '/dav/files/alice/x'],
      ['SEARCH', '/dav/'],
      ['PROPPATCH', '/dav/principals/users/alice/'],
      ['GET', '/dav/addressbooks/users/alice/'],
    ] as const) {
      const { status, text } = await calendarOnly.dav(method, path)
      assert.deepEqual([status, JSON.parse(text).code], [403, 'auth.forbidden'], `${method} ${path}`)
    }
    assert.equal((await calendarOnly.dav('PROPFIND', '/dav/principals/users/alice/', { depth: '0' })).status, 207)
    assert.equal((await carol.dav('PROPFIND', '/dav/files/alice/', { depth: '1' })).status, 404)
    assert.equal((await carol.dav('PUT', '/dav/files/alice/x.txt', {}, 'x')).status, 404)
    assert.equal((await alice.dav('PROPFIND', '/dav/systemtags/')).status, 404)
  })

  test('no path leads out of the root, however it is encoded', async () => {
    // fetch would resolve the dots itself.
    const { hostname, port } = new URL(app.url)
    const raw = async (path: string, headers = '') => {
      const socket = connect(Number(port), hostname)
      socket.write(
        `GET ${path} HTTP/1.1\r\nhost: x\r\nauthorization: ${basic('carol', carol.password)}\r\n${headers}connection: close\r\n\r\n`,
      )
      return Number((await text(socket)).split(' ')[1])
    }
    const ways = [
      '..',
      '%2e%2e',
      '.%2e',
      '%2E.',
      '..%2f..%2falice',
      '%2e%2e%2falice',
      '..%5calice',
      '%00',
      '%c0%ae%c0%ae',
      '%ff',
      '%',
      '/../..',
      '.',
    ]
    for (const way of ways)
      assert.ok([400, 404].includes(await raw(`/dav/files/carol/${way}/../alice/a%20%C3%A9.txt`)), way)
    for (const way of ways.slice(0, 10)) assert.equal(await raw(`/dav/files/carol/${way}`), 400, way)
    // Encoded twice it is a name like any other.
    assert.equal(await raw('/dav/files/carol/%252e%252e/alice/'), 404)
  })

  test('what Nextcloud refuses of ultid is not laid on the device, maintenance is told as it is', async () => {
    nextcloud.faults.intercept = (_request, response) => {
      response.writeHead(401, { 'set-cookie': 'session=1', 'www-authenticate': 'Basic' }).end()
      return true
    }
    const refused = await alice.dav('PROPFIND', '/dav/files/alice/', { depth: '0' })
    nextcloud.faults.intercept = undefined
    assert.deepEqual(
      [refused.status, JSON.parse(refused.text).code, refused.headers.get('set-cookie')],
      [502, 'nextcloud.sign_in_failed', null],
    )
    nextcloud.faults.isMaintenance = true
    const away = await alice.dav('PROPFIND', '/dav/files/alice/', { depth: '0' })
    nextcloud.faults.isMaintenance = false
    assert.deepEqual([away.status, /maintenance/.test(away.text)], [503, true])
  })

  test('rclone copies a tree there and back, and finds no difference', { skip: skipWithoutRclone }, async () => {
    const source = join(files.path, 'source')
    await mkdir(join(source, 'Ordner ü/😀'), { recursive: true })
    for (let count = 0; count < 20; count++)
      await writeFile(join(source, `Ordner ü/file ${count}.txt`), 'x'.repeat(count * 1000))
    await writeFile(join(source, 'Ordner ü/😀/50%25 & more.bin'), Buffer.alloc(3_000_000, 7))
    const { stdout } = await run('rclone', ['obscure', alice.password])
    const remote = `:webdav,url="${app.url}/dav/files/alice",vendor=nextcloud,user="${user('alice')}",pass="${stdout.trim()}":`
    const options = ['--config', join(files.path, 'rclone.conf'), '--retries', '1', '--low-level-retries', '1']
    await run('rclone', ['copy', source, `${remote}tree`, ...options])
    await run('rclone', ['check', source, `${remote}tree`, '--download', ...options])
    await run('rclone', ['moveto', `${remote}tree/Ordner ü/file 3.txt`, `${remote}tree/moved.txt`, ...options])
    const back = join(files.path, 'back')
    await run('rclone', ['copy', `${remote}tree`, back, ...options])
    assert.equal((await readFile(join(back, 'moved.txt'))).length, 3000)
    assert.equal((await readFile(join(back, 'Ordner ü/😀/50%25 & more.bin'))).length, 3_000_000)
    await run('rclone', ['purge', `${remote}tree`, ...options])
  })

  test('cadaver makes folders, puts, moves, reads and deletes', { skip: skipWithoutCadaver }, async () => {
    const note = join(files.path, 'note.txt')
    await writeFile(note, 'from cadaver')
    const { hostname } = new URL(app.url)
    await writeFile(
      join(files.path, '.netrc'),
      `machine ${hostname}\nlogin ${user('alice')}\npassword ${alice.password}\n`,
    )
    const cadaver = spawn('cadaver', [`${app.url}/dav/files/alice/`], {
      env: { ...process.env, HOME: files.path },
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    cadaver.stdin.end(
      [
        'mkcol box',
        'cd box',
        `put ${note}`,
        'move note.txt moved.txt',
        'cat moved.txt',
        'ls',
        'delete moved.txt',
        'quit',
        '',
      ].join('\n'),
    )
    const [said] = await Promise.all([text(cadaver.stdout), once(cadaver, 'close')])
    assert.match(said, /from cadaver/)
    assert.match(said, /moved\.txt/)
    assert.doesNotMatch(said, /failed/)
  })

  test('is listed without its password, and stops within a second of being revoked', async () => {
    const gone = await device('bob')
    assert.equal((await gone.dav('PROPFIND', '/dav/files/bob/', { depth: '0', 'user-agent': 'DAVx5/4' })).status, 207)
    const { body } = await app.request('GET', '/api/v1/account/devices', { as: 'bob' })
    assert.deepEqual(
      [body.items.length, body.items[0].last_user_agent, body.items[0].modules.length],
      [1, 'DAVx5/4', 3],
    )
    assert.ok(body.items[0].last_used_at && !JSON.stringify(body).includes(gone.password))
    assert.equal((await app.request('DELETE', `/api/v1/account/devices/${gone.id}`, { as: 'alice' })).status, 404)
    assert.equal((await app.request('DELETE', `/api/v1/account/devices/${gone.id}`, { as: 'bob' })).status, 204)
    assert.equal((await gone.dav('PROPFIND', '/dav/files/bob/')).status, 401)
  })

  test('guessing is stopped, for a while, at the address that guesses', async () => {
    const guess = (count: number) =>
      app.request('GET', '/dav/', {
        headers: { authorization: basic('alice', `${String(count).padStart(2, 'x')}aa-bbbb-cccc-dddd-eeee-ffff`) },
      })
    const answers: number[] = []
    while (answers.at(-1) !== 429 && answers.length < 40) answers.push((await guess(answers.length)).status)
    assert.deepEqual([answers[0], answers.at(-1)], [401, 429])
    // From there not even a right password is looked at.
    const fresh = await device('alice')
    assert.equal((await fresh.dav('PROPFIND', '/dav/files/alice/')).status, 429)
  })
})
