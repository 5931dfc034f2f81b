import { startTestApp } from '../../test/harness/app.ts'
import { obeyBench } from './measured-server.ts'

/** A node of ultid, which commits an event of the person with this token and shows it to all of that person's sockets. */
const [issuer = '', token = '', filler = ''] = process.argv.slice(2)
const unlimited = '1000000'
const { url, app } = await startTestApp({
  ...{ ULTID_OIDC_ISSUER: issuer, ULTID_REALTIME_CONNECTIONS_PER_PERSON: '100000' },
  ...{ ULTID_RATE_LIMIT_PERSON: unlimited, ULTID_RATE_LIMIT_ADDRESS: unlimited },
})
// The person is made by being seen.
await fetch(`${url}/api/v1/realtime/tickets`, { method: 'POST', headers: { authorization: `Bearer ${token}` } })
const { database, transact, events } = app.platform
const { id } = await database.selectFrom('principal').select('id').executeTakeFirstOrThrow()
obeyBench(url, () => transact((tx) => events.append(tx, id, [{ type: 'mail.message_created', data: { filler } }])))
