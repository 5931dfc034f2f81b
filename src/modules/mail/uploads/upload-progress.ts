import type { Transact } from '#platform/database/database.ts'
import type { Events } from '#platform/events/events.ts'
import type { Logger } from '#platform/observability/log.ts'
import { appendMailEvents } from '../events.ts'
import { type UploadRow, uploadStore } from './upload-store.ts'

const everyMs = 1000

/** Says how far an upload is, in its row and by an event, at most once a second and without holding it up. */
export function createProgress(
  { transact, events, log }: { transact: Transact; events: Events; log: Logger },
  ownerId: string,
  upload: UploadRow,
) {
  let toldAt = Date.now()
  let telling: Promise<void> | undefined

  async function tell(receivedBytes: number): Promise<void> {
    await transact(async (tx) => {
      const row = await uploadStore.receive(tx, ownerId, upload.id, { state: 'receiving', receivedBytes })
      if (!row) return
      const data = { upload_id: row.id, received_bytes: receivedBytes, size_bytes: row.size_bytes }
      await appendMailEvents(events, tx, ownerId, [{ type: 'mail.upload_progressed', data }])
    })
  }

  return {
    report(receivedBytes: number): void {
      if (telling || Date.now() - toldAt < everyMs) return
      toldAt = Date.now()
      telling = tell(receivedBytes)
        .catch((error) => log.warn({ upload_id: upload.id, err: error }, 'progress could not be told'))
        .finally(() => {
          telling = undefined
        })
    },
    /** Waits for what is being told: it must not come after the end. */
    end: async (): Promise<void> => telling,
  }
}
