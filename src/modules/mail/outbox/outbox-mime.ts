import { Readable } from 'node:stream'
import { newId } from '#platform/ids.ts'
import type { Objects } from '#platform/objects/objects.ts'
import type { Composition } from './composition.ts'
import { composeComposition } from './composition-mime.ts'

/** The MIME of a message: made once, and the same in each transmission and in the copy for Sent. */
export type Mime = {
  size: number
  isEightBit: boolean
} & ({ bytes: Buffer; object?: undefined } | { bytes?: undefined; object: string })

export type MimeSource = {
  ownerId: string
  id: string
  messageIdHeader: string
  date: Date
  composition: Composition
}

/** Up to this size it lies in the row of its message: ordinary mail costs the object store nothing. */
const maxRowBytes = 128 * 1024

/**
 * Makes the MIME of a message. A large one is put into the object store, under a key that is used once.
 * @throws AppError `mail.attachment_gone`, `object_store_unavailable`.
 */
export async function makeMime(objects: Objects, source: MimeSource): Promise<Mime> {
  const { ownerId, id, messageIdHeader: messageId, date, composition } = source
  const { content, isEightBit } = await composeComposition(objects, composition, { messageId, date })
  const chunks: Buffer[] = []
  let size = 0
  const rest = content[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  for (let next = await rest.next(); !next.done; next = await rest.next()) {
    chunks.push(next.value)
    size += next.value.length
    if (size <= maxRowBytes) continue
    const object = `outbox/${ownerId}/${id}/${newId()}`
    const put = await objects.put(object, Readable.from(concatenated(chunks, rest), { objectMode: false }))
    return { object, size: put.size, isEightBit }
  }
  return { bytes: Buffer.concat(chunks), size, isEightBit }
}

async function* concatenated(chunks: readonly Buffer[], rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield* chunks
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value
}

/** The content of a message is gone: it can neither be sent nor filed any more. */
export class ContentMissing extends Error {
  constructor() {
    super('The content of this message is no longer stored here; write it again.')
    this.name = 'ContentMissing'
  }
}

/** @throws ContentMissing, AppError `object_store_unavailable`. */
export async function openMime(
  objects: Objects,
  { bytes, object }: { bytes?: Buffer | undefined; object?: string | undefined },
): Promise<Readable> {
  if (bytes) return Readable.from([bytes], { objectMode: false })
  const found = object === undefined ? undefined : await objects.get(object)
  if (!found) throw new ContentMissing()
  return found.content
}
