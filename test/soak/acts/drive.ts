import { createHash } from 'node:crypto'
import { isOpen } from '../soak-client.ts'
import { type Act, createLedger, type SoakUser } from './act.ts'

export const contentHash = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

/** Writes, moves, reads and deletes files in the drive of a user. Each path is written by this user alone. */
export function createDriveActs({ name, client, random }: SoakUser) {
  const ledger = createLedger()
  let count = 0
  const pathOf = (file: string) => `/api/v1/drive/content/${encodeURIComponent(file)}`

  async function write(file: string): Promise<void> {
    const bytes = Buffer.alloc(1 + random.below(40_000), `${name} ${++count} `)
    const reply = await client.ask('drive: write', 'PUT', pathOf(file), { bytes })
    if (reply.status === 200 || reply.status === 201) ledger.is(file, contentHash(bytes))
    else if (isOpen(reply)) ledger.mayBe(file, contentHash(bytes))
  }

  async function rewrite(): Promise<void> {
    await write(random.pick(ledger.present()) ?? `${name} ${++count}.txt`)
  }

  async function list(): Promise<{ item_id: string; name: string; type: string }[]> {
    const reply = await client.ask('drive: list', 'GET', '/api/v1/drive/items?path=/&limit=200')
    return reply.status === 200 ? reply.body.items : []
  }

  async function read(): Promise<void> {
    const file = random.pick(ledger.present())
    if (file) await client.ask('drive: read', 'GET', pathOf(file))
  }

  async function remove(): Promise<void> {
    const found = random.pick((await list()).filter((item) => ledger.entries().has(item.name)))
    if (!found) return
    const reply = await client.ask('drive: delete', 'DELETE', `/api/v1/drive/items/${found.item_id}`)
    // 404 on a second attempt: the first one was done, and its answer lost.
    if (reply.status === 204 || (reply.status === 404 && reply.attempts > 1)) ledger.is(found.name, null)
    else if (isOpen(reply)) ledger.mayBe(found.name, null)
  }

  async function rename(): Promise<void> {
    const found = random.pick((await list()).filter((item) => ledger.present().includes(item.name)))
    const values = found && ledger.entries().get(found.name)
    if (!found || values?.size !== 1) return
    const [content = null] = values
    const to = `${name} ${++count} renamed.txt`
    const path = `/api/v1/drive/items/${found.item_id}/move`
    const reply = await client.ask('drive: move', 'POST', path, { body: { folder: '/', name: to } })
    if (reply.status === 200) {
      ledger.is(found.name, null)
      ledger.is(to, content)
    } else if (isOpen(reply) || reply.attempts > 1) {
      ledger.mayBe(found.name, null)
      ledger.mayBe(to, content)
    }
  }

  const acts: Act[] = [
    { weight: 3, run: () => write(`${name} ${++count}.txt`) },
    { weight: 2, run: rewrite },
    { weight: 3, run: async () => void (await list()) },
    { weight: 3, run: read },
    { weight: 1, run: remove },
    { weight: 1, run: rename },
  ]
  return { acts, ledger }
}
