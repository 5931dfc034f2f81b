import type { Tx } from '#platform/database/database.ts'
import { notFound } from '#platform/errors.ts'
import type { CompositionAttachment } from '../outbox/composition.ts'
import { uploadStore } from '../uploads/upload-store.ts'
import type { DraftChangeBody } from './draft-wire.ts'

type Wanted = NonNullable<DraftChangeBody['attachments']>

/**
 * The files that a draft is to have: those that it has already, and complete uploads.
 * @throws AppError `not_found`.
 */
export async function attachmentsFor(
  tx: Tx,
  ownerId: string,
  wanted: Wanted,
  present: readonly CompositionAttachment[],
): Promise<CompositionAttachment[]> {
  const known = new Map(present.map((attachment) => [attachment.id, attachment]))
  const added = wanted.map(({ upload_id }) => upload_id).filter((id) => !known.has(id))
  const uploads = await uploadStore.lockStored(tx, ownerId, added)
  return wanted.map(({ upload_id, filename, content_id }) => {
    const attachment = known.get(upload_id) ?? uploads.get(upload_id)
    if (!attachment) throw notFound('upload')
    const { contentId: kept, ...file } = attachment
    const contentId = content_id === undefined ? kept : (content_id ?? undefined)
    return { ...file, ...(filename !== undefined && { filename }), ...(contentId !== undefined && { contentId }) }
  })
}
