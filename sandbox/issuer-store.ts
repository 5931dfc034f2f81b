import type { Adapter, AdapterFactory, AdapterPayload } from 'oidc-provider'
import { createSaver, readJson, replaceFile } from './files.ts'

type Entry = { payload: AdapterPayload; expiresAt?: number }

/** Sessions, grants and refresh tokens in one file, so that a sign-in outlives a restart of the sandbox. */
export async function openIssuerStore(file: string) {
  const entries = new Map<string, Entry>(Object.entries(((await readJson(file)) ?? {}) as Record<string, Entry>))
  const saver = createSaver(() => replaceFile(file, JSON.stringify(Object.fromEntries(live(entries)))), 200)
  const adapter: AdapterFactory = (model) => createAdapter(model, entries, saver.schedule)
  return { adapter, close: saver.flush }
}

function createAdapter(model: string, entries: Map<string, Entry>, changed: () => void): Adapter {
  const key = (id: string) => `${model}:${id}`
  const find = (matches: (payload: AdapterPayload) => boolean) =>
    live(entries).find(([name, { payload }]) => name.startsWith(`${model}:`) && matches(payload))?.[1].payload

  return {
    async upsert(id, payload, expiresIn) {
      entries.set(key(id), { payload, ...(expiresIn && { expiresAt: Date.now() + expiresIn * 1000 }) })
      changed()
    },
    async find(id) {
      const entry = entries.get(key(id))
      return entry && isLive(entry) ? entry.payload : undefined
    },
    findByUserCode: async (userCode) => find((payload) => payload.userCode === userCode),
    findByUid: async (uid) => find((payload) => payload.uid === uid),
    async consume(id) {
      const entry = entries.get(key(id))
      if (entry) entry.payload.consumed = Math.floor(Date.now() / 1000)
      changed()
    },
    async destroy(id) {
      entries.delete(key(id))
      changed()
    },
    async revokeByGrantId(grantId) {
      for (const [name, { payload }] of entries) if (payload.grantId === grantId) entries.delete(name)
      changed()
    },
  }
}

const isLive = ({ expiresAt }: Entry) => expiresAt === undefined || expiresAt > Date.now()

const live = (entries: Map<string, Entry>) => [...entries].filter(([, entry]) => isLive(entry))
