import type { Transact } from '#platform/database/database.ts'
import { once } from '#platform/http/idempotency.ts'

export type CreatedOnce = ReturnType<typeof createCreatedOnce>

/**
 * Idempotency keys for what is made at Immich, outside of any transaction: of two requests under one key both make
 * something, and the later one takes its own back and answers the first.
 */
export function createCreatedOnce({ transact }: { transact: Transact }) {
  return async (options: {
    ownerId: string
    scope: string
    key: string | undefined
    body: unknown
    create: () => Promise<string>
    remove: (id: string) => Promise<unknown>
  }): Promise<string> => {
    const { create, remove, ...request } = options
    const id = await create()
    try {
      const answer = await transact((tx) => once(tx, request, async () => ({ status: 201, body: { id } })))
      if (answer.body.id !== id) await remove(id)
      return answer.body.id
    } catch (error) {
      await remove(id)
      throw error
    }
  }
}
