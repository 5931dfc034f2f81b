import type { Readable } from 'node:stream'

/** Where blobs lie. Keys are `/`-joined segments of [A-Za-z0-9._-]; what is put is complete or not there at all. */
export type Objects = {
  /** Replaces what was there. Resolves when the bytes are safe. */
  put(key: string, content: Readable | Buffer): Promise<{ size: number }>
  /** Undefined when there is no such object. `end` is inclusive, as in HTTP ranges. */
  get(key: string, range?: { start: number; end: number }): Promise<{ size: number; content: Readable } | undefined>
  /** True when it was there. */
  delete(key: string): Promise<boolean>
  /** Writes, reads and deletes a probe. @throws Error when any of it fails. */
  check(): Promise<void>
}
