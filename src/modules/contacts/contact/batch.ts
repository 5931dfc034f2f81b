import type { Actor } from '#platform/auth/actor.ts'
import { AppError, notFound } from '#platform/errors.ts'
import type { CardDraft } from '../card/card.ts'
import { refOfPath } from './contact-path.ts'
import type { ContactView } from './contact-presentation.ts'
import type { Contacts } from './contacts.ts'

export type BatchOperation =
  | { action: 'create'; book_id: string; contact: CardDraft }
  | { action: 'update'; path: string; if_match?: string; contact: object }
  | { action: 'delete'; path: string; if_match?: string }

/** What became of each, in the order of the operations. */
export type BatchResult =
  | { is_done: true; path?: string; etag?: string }
  | { is_done: false; code: string; message: string }

/** Nextcloud answers few at a time. */
const atOnce = 4

export type Batch = ReturnType<typeof createBatch>

/** Many writes in one request, each for itself: one that fails keeps none of the others from being done. */
export function createBatch(contacts: Contacts) {
  async function perform(actor: Actor, operation: BatchOperation): Promise<ContactView | undefined> {
    if (operation.action === 'create') return contacts.create(actor, operation.book_id, operation.contact)
    const ref = refOfPath(operation.path)
    if (!ref) throw notFound('contact')
    if (operation.action === 'update') return contacts.patch(actor, ref, operation.contact, operation.if_match)
    await contacts.delete(actor, ref, operation.if_match)
    return undefined
  }

  async function outcome(actor: Actor, operation: BatchOperation): Promise<BatchResult> {
    try {
      const view = await perform(actor, operation)
      return { is_done: true, ...(view && { path: view.path, etag: view.etag }) }
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      return { is_done: false, code: error.code, message: error.message }
    }
  }

  return {
    async run(actor: Actor, operations: readonly BatchOperation[]): Promise<{ results: BatchResult[] }> {
      const results: BatchResult[] = new Array(operations.length)
      let next = 0
      const work = async () => {
        while (next < operations.length) {
          const at = next++
          const operation = operations[at]
          if (operation) results[at] = await outcome(actor, operation)
        }
      }
      await Promise.all(Array.from({ length: Math.min(atOnce, operations.length) }, work))
      return { results }
    },
  }
}
