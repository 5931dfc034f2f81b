import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { startInstallation } from '../../../../test/fixtures/installation.ts'
import { picture } from '../../../../test/fixtures/photos-app.ts'
import { immichAdmin, startImmich } from '../../../../test/harness/immich.ts'

suite('the keys of Immich', async () => {
  const immich = await startImmich(3)
  const installation = await startInstallation({ ...immich.settings, ULTID_LOG_LEVEL: 'trace', ULTID_ROLES: 'api' })
  after(async () => {
    await installation.close()
    await immich.close()
  })

  test('stand in no answer, log or error, whatever goes well or wrong', async () => {
    const node = await installation.node()
    const heard: string[] = []
    const token = await installation.issuer.token({ sub: 'alice', name: 'alice', email: 'alice@ulti.test' })
    async function ask(method: string, path: string, body?: string | Buffer, type = 'application/json') {
      const answer = await fetch(new URL(`/api/v1/photos${path}`, node.url), {
        method,
        headers: { authorization: `Bearer ${token}`, ...(body !== undefined && { 'content-type': type }) },
        ...(body !== undefined && { body: body as string }),
      })
      const text = await answer.text()
      heard.push(JSON.stringify([...answer.headers]), text)
      return { status: answer.status, text }
    }
    const uploaded = await ask('POST', '/assets?filename=a.jpg', await picture('#123'), 'image/jpeg')
    const { id } = JSON.parse(uploaded.text) as { id: string }
    const all = async () => {
      for (const path of ['/account', '/timeline', '/albums', '/links', '/people', '/statistics', '/map'])
        await ask('GET', path)
      for (const path of ['', '/thumbnail', '/original', '/original?download=true', '/video'])
        await ask('GET', `/assets/${id}${path}`)
      await ask('POST', '/links', JSON.stringify({ asset_ids: [id], password: 'secret' }))
      await ask('PUT', '/account', JSON.stringify({ api_key: 'a-key-that-nobody-has-0123456789' }))
    }
    await all()
    for (const fault of ['echo', 'destroy', 'garbage'] as const) {
      immich.faults.intercept = (request, reply) => {
        // Immich, or a proxy in front of it, that says everything it was told.
        const told = JSON.stringify({ message: JSON.stringify(request.headers), error: request.headers['x-api-key'] })
        if (fault === 'destroy') reply.raw.destroy()
        else if (fault === 'garbage')
          reply.raw.writeHead(200, { 'x-echo': String(request.headers['x-api-key']) }).end('no JSON')
        else reply.raw.writeHead(500, { 'content-type': 'application/json' }).end(told)
        return true
      }
      if (fault === 'destroy') await ask('GET', '/timeline')
      else await all()
    }
    immich.faults.intercept = undefined
    // The key is refused, and another one made.
    const [first] = immich.records.keys.filter(({ permissions }) => permissions.includes('asset.read'))
    immich.records.keys = immich.records.keys.filter((key) => key !== first)

    await ask('GET', '/timeline')
    const rows = await installation.database.selectFrom('photos_account').selectAll().execute()
    const secrets = [
      ...[immichAdmin.apiKey, first?.secret ?? 'none', 'a-key-that-nobody-has'],
      ...immich.records.keys.map(({ secret }) => secret),
      ...immich.records.users.map(({ password }) => password),
    ]
    const everything = [...heard, installation.logs(), JSON.stringify(rows)].join('\n')
    assert.ok(everything.includes('request failed upstream'))
    for (const secret of secrets) assert.ok(!everything.includes(secret), `${secret.slice(0, 4)}… was heard`)
  })
})
