import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { createAuthentikClient } from '#integrations/authentik/authentik-client.ts'
import { noUpstreams as upstreams } from '#platform/observability/upstreams.ts'
import { authentikToken as token } from '../../sandbox/authentik/authentik.ts'
import { startAuthentik } from '../../test/harness/authentik.ts'
import { authentikDirectory } from './authentik-directory.ts'

test('the directory of contacts has the people of Authentik who may sign in, with their groups', async () => {
  const authentik = await startAuthentik()
  const client = createAuthentikClient({ url: authentik.url, token, upstreams })
  after(async () => {
    await client.close()
    await authentik.close()
  })
  const { pk } = await client.createUser({ username: 'leaver', name: 'Lea Ver', email: 'lea@ulti.example' })
  await client.updateUser(pk, { is_active: false })
  await client.createUser({ username: 'nora', name: 'Nora Newcomer', email: 'nora@ulti.example' })
  const people = []
  for await (const page of authentikDirectory(client).people()) people.push(...page)
  assert(people.some(({ email, name }) => email === 'nora@ulti.example' && name === 'Nora Newcomer'))
  assert(!people.some(({ email }) => email === 'lea@ulti.example'))
  for (const { id, groups } of people) assert(/^[\da-f-]{36}$/.test(id) && Array.isArray(groups))
})
