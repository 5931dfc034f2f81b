import type { Readable } from 'node:stream'

/** An object without its content. `modifiedAt` is when it was put, by the clock of the store. */
export type ObjectEntry = { key: string; size: number; modifiedAt: Date }

/** Bytes from `start` to `end`, both inclusive and counted from 0, as in HTTP ranges; without `end`, to the last. */
export type ByteRange = { start: number; end?: number | undefined }

export type PresignOptions = {
  /** From 1 to 604,800 (a week). */
  expiresSeconds: number
  /** What the answer's Content-Type and Content-Disposition shall be. */
  contentType?: string
  contentDisposition?: string
}

/**
 * Where blobs lie. A key is `/`-joined segments of [A-Za-z0-9._-] that begin with no dot, 512 characters at most; no
 * key may lie below another (`a` and `a/b`). What is put is complete or not there at all. Anything else than a key, a
 * prefix or a range that makes sense is an error.
 *
 * @throws AppError `object_store_unavailable` from any of these but `check` when the store does not answer.
 */
export type Objects = {
  /**
   * Replaces what was there. Resolves when the bytes are safe. When it rejects, what was there before is untouched, and
   * the stream is destroyed; a stream's own failure is passed on as it is.
   */
  put(key: string, content: Readable | Buffer): Promise<{ size: number }>
  /**
   * Undefined when there is no such object. `size` is that of the whole object; a range past its end gives the bytes
   * that there are, perhaps none. The caller reads `content` to its end or destroys it.
   */
  get(key: string, range?: ByteRange): Promise<{ size: number; content: Readable } | undefined>
  /** True when it was there. */
  delete(key: string): Promise<boolean>
  /**
   * A page of the objects whose keys begin with `prefix` and come behind `after`, ordered by the bytes of their keys.
   * Fewer than `limit` (1 to 1,000, which is the default) means that there are no more.
   */
  list(prefix: string, page?: { after?: string | undefined; limit?: number }): Promise<ObjectEntry[]>
  /** A URL by which anybody may read the object until it expires; undefined when clients cannot reach the store. */
  presign(key: string, options: PresignOptions): Promise<string | undefined>
  /** Removes what puts that died before `before` left behind. @returns how many. */
  collectDrafts(before: Date): Promise<number>
  /** Writes, reads and deletes a probe. @throws Error that says what is wrong and what to do. */
  check(): Promise<void>
}
