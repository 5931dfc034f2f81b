import { harmlessName } from '#platform/http/content-disposition.ts'
import { moduleDisabled } from '#platform/http/modules.ts'
import type { Assets } from '../assets/assets.ts'
import type { Media } from '../media/media.ts'
import type { Uploads } from '../uploads/uploads.ts'
import type { DrivePhotos, MailAttachments } from './other-files.ts'

export type Transfers = ReturnType<typeof createTransfers>

/** Originals on their way to and from other modules: streamed, never held. */
export function createTransfers(deps: {
  assets: Assets
  media: Media
  uploads: Uploads
  drive: DrivePhotos | undefined
  mail: MailAttachments | undefined
}) {
  const { assets, media, uploads, drive, mail } = deps

  async function original(ownerId: string, assetId: string, signal: AbortSignal) {
    const { filename, content_type: contentType } = await assets.view(ownerId, assetId)
    const { headers, body: content } = await media.open(ownerId, assetId, { kind: 'original' }, { headers: {}, signal })
    const length = Number(headers['content-length'] ?? Number.NaN)
    return {
      name: filename ?? assetId,
      contentType: contentType ?? headers['content-type'] ?? 'application/octet-stream',
      size: Number.isSafeInteger(length) ? length : undefined,
      content,
    }
  }

  return {
    /** @throws AppError `module_disabled`, and what the drive throws */
    async toDrive(ownerId: string, assetId: string, folder: string, signal: AbortSignal) {
      if (!drive) throw moduleDisabled('drive')
      const { name, size, content } = await original(ownerId, assetId, signal)
      const path = `${folder.replace(/\/+$/, '')}/${harmlessName(name)}`
      const options = { signal, ...(size !== undefined && { size }) }
      return kept({ content }, () => drive.save(ownerId, path, content, options))
    },

    /** @throws AppError `module_disabled`, what the drive throws, and what uploads do */
    async fromDrive(ownerId: string, path: string, signal: AbortSignal) {
      if (!drive) throw moduleDisabled('drive')
      const { content, size, contentType, name } = await drive.open(ownerId, path)
      return kept({ content }, () =>
        uploads.take(ownerId, {
          ...{ parts: [{ kind: 'asset', name, contentType, content }], details: {}, signal },
          sizeBytes: size,
        }),
      )
    },

    /** @throws AppError `module_disabled`, `request_body_too_large` */
    async toMail(ownerId: string, assetId: string, signal: AbortSignal) {
      if (!mail) throw moduleDisabled('mail')
      const { name, size, ...file } = await original(ownerId, assetId, signal)
      return kept(file, () => mail.attach(ownerId, { ...file, filename: name, sizeBytes: size }))
    },
  }
}

/** Lets go of a stream that was not read to its end. */
async function kept<T>({ content }: { content: { destroy(): void } }, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } finally {
    content.destroy()
  }
}
