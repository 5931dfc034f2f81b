import type { Readable } from 'node:stream'

/** What photos ask of the drive. It says itself what a person may see: it throws AppErrors of its own. */
export type DrivePhotos = {
  /** A file, to be read to its end or destroyed. @throws AppError `not_found` */
  open(ownerId: string, path: string): Promise<{ content: Readable; size: number; contentType: string; name: string }>
  /** Makes a file of a stream, under another name where its own is taken. @throws AppError `parent_not_found` */
  save(
    ownerId: string,
    path: string,
    content: Readable,
    options?: { size?: number; signal?: AbortSignal },
  ): Promise<{ path: string }>
}

/** What photos ask of mail. */
export type MailAttachments = {
  /** A file to be attached to a message. @throws AppError `request_body_too_large` */
  attach(
    ownerId: string,
    file: { filename: string; contentType: string; sizeBytes: number | undefined; content: Readable },
  ): Promise<{ id: string; filename: string; size_bytes: number | null }>
}
