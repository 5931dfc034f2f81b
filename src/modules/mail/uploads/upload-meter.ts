import { createHash } from 'node:crypto'
import { Transform, type TransformCallback } from 'node:stream'
import { AppError } from '#platform/errors.ts'

/** A file is more than may be attached. */
export const tooLarge = (maxBytes: number) =>
  new AppError(
    'invalid',
    'request_body_too_large',
    `A file to be attached has at most ${maxBytes} bytes; send a link to larger ones.`,
    { details: [{ path: 'body', message: `must have at most ${maxBytes} bytes` }] },
  )

/** Lets bytes through while it counts and hashes them, and fails with `request_body_too_large` as soon as they are. */
export function createMeter(options: { maxBytes: number; onProgress: (receivedBytes: number) => void }) {
  const hash = createHash('sha256')
  let received = 0
  const through = new Transform({
    transform(chunk: Buffer, _encoding, done: TransformCallback) {
      received += chunk.byteLength
      if (received > options.maxBytes) return done(tooLarge(options.maxBytes))
      hash.update(chunk)
      options.onProgress(received)
      done(null, chunk)
    },
  })
  return {
    through,
    get received() {
      return received
    },
    /** Of all that came through; to be asked once. */
    digest: () => hash.digest(),
  }
}
