import { fastify } from 'fastify'
import pg from 'pg'
import { createMessageListStore } from '../../src/modules/mail/reading/message-list-store.ts'
import { readMessage } from './read-message.ts'

/** Bare Fastify that sends what the database answers, of one owner and to everybody: nobody is asked who they are. */
const [databaseUrl, ownerId = '', inbox = ''] = process.argv.slice(2)
const pool = new pg.Pool({ connectionString: databaseUrl, max: 12 })
const lists = createMessageListStore(pool)
const http = fastify()
http.get('/list', async () => {
  const items = await lists.list(ownerId, { folderIds: [inbox] }, { after: undefined, limit: 51 })
  return { items: items.slice(0, 50) }
})
http.get<{ Params: { id: string } }>('/messages/:id', ({ params }) => readMessage(pool, ownerId, params.id))
process.send?.(await http.listen({ port: 0, host: '127.0.0.1' }))
