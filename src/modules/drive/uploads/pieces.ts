import { Readable } from 'node:stream'
import { AppError } from '#platform/errors.ts'

/**
 * Where bytes come from; `broken` tells why they ended before their time. `leave` lets what was not read pass unread: the
 * connection is good for the next request.
 */
export type Source = { next(limit: number): Promise<Buffer | undefined>; broken(): unknown; leave(): void }

/** Reads what a client sends. That it went away in the middle ends the bytes; what came before is not lost. */
export function sourceOf(body: Readable): Source {
  const chunks = body.iterator({ destroyOnReturn: false }) as AsyncIterableIterator<Buffer>
  let left: Buffer | undefined
  let failure: unknown
  async function pull(): Promise<Buffer | undefined> {
    try {
      const { done, value } = await chunks.next()
      return done ? undefined : value
    } catch (error) {
      failure = error
    }
  }
  return {
    async next(limit) {
      const chunk = left ?? (await pull())
      left = chunk && chunk.byteLength > limit ? chunk.subarray(limit) : undefined
      return left ? chunk?.subarray(0, limit) : chunk
    },
    broken: () => failure,
    leave() {
      const resume = () => void body.resume()
      // What was asked for last comes first.
      void chunks.return?.().then(resume, resume)
    },
  }
}

/**
 * Hands bytes on piece by piece, each as a stream of its own that `store` reads to its end; no piece is empty.
 * @throws what `store` throws, and AppError `client_closed_request` at the end of a source that broke.
 */
export async function storeInPieces(
  source: Source,
  options: { pieceBytes: number; maxBytes: number },
  store: (piece: Readable, sizeOf: () => number) => Promise<void>,
): Promise<number> {
  const { pieceBytes, maxBytes } = options
  let total = 0
  while (total < maxBytes) {
    const limit = Math.min(pieceBytes, maxBytes - total)
    const first = await source.next(limit)
    if (!first) break
    let size = 0
    async function* content() {
      for (
        let chunk: Buffer | undefined = first;
        chunk;
        chunk = size < limit ? await source.next(limit - size) : undefined
      ) {
        size += chunk.byteLength
        yield chunk
      }
    }
    await store(Readable.from(content(), { objectMode: false }), () => size)
    total += size
  }
  if (source.broken() !== undefined) throw brokenOff(source.broken())
  return total
}

/** Nobody is there to be told. */
const brokenOff = (cause: unknown) =>
  new AppError('invalid', 'client_closed_request', 'The connection broke in the middle; go on from where it is.', {
    cause,
  })
