import { createHash } from 'node:crypto'
import { type Readable, Transform, type TransformCallback } from 'node:stream'
import { AppError } from '#platform/errors.ts'

/** Hashes and counts what passes through it, and remembers why its source ended too early. */
export function createSha1Meter() {
  const hash = createHash('sha1')
  let received = 0
  let broken: AppError | undefined
  return {
    through(source: Readable): Readable {
      const meter = new Transform({
        transform(chunk: Buffer, _encoding, done: TransformCallback) {
          received += chunk.byteLength
          hash.update(chunk)
          done(null, chunk)
        },
      })
      source.once('error', (error) => {
        broken = error instanceof AppError ? error : brokenOff(error)
        meter.destroy(broken)
      })
      meter.once('close', () => source.destroy())
      return source.pipe(meter)
    },
    received: () => received,
    failure: () => broken,
    /** Of all that came through; to be asked once. */
    digest: () => hash.digest('hex'),
  }
}

const brokenOff = (cause: unknown) =>
  new AppError('invalid', 'client_closed_request', 'The file broke off; send it again.', { cause })
