import type { Readable } from 'node:stream'

/** A file of the drive, to be read to its end or destroyed. */
export type DriveFile = { content: Readable; size: number; contentType: string; name: string }

/** What mail asks of the drive. It says itself what a person may see: it throws AppErrors of its own. */
export type DriveFiles = {
  /** @throws AppError `not_found`. */
  open(ownerId: string, path: string): Promise<DriveFile>
  /** A link by which whoever gets a message can fetch the file. @throws AppError `not_found`. */
  shareLink(ownerId: string, path: string): Promise<{ url: string; name: string; size: number }>
}
