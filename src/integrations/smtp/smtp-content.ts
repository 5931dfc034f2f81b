import type { Readable } from 'node:stream'

const [lf, cr, dot] = [10, 13, 46]

/**
 * Content with CRLF line ends, the last line ended too. With `stuffDots` a dot at the beginning of a line is doubled
 * (RFC 5321 §4.5.2), as DATA needs and BDAT must not have.
 */
export async function* wireContent(mime: Readable, { stuffDots }: { stuffDots: boolean }): AsyncGenerator<Buffer> {
  const wire = createWire(stuffDots)
  for await (const chunk of mime as AsyncIterable<Buffer>) {
    const bytes = wire.pass(chunk)
    if (bytes.length > 0) yield bytes
  }
  const end = wire.end()
  if (end.length > 0) yield end
}

function createWire(stuffDots: boolean) {
  // The last byte passed on; a line begins after LF, and at the very start.
  let last = lf

  /** Copies whole stretches and stops only where something is to be put in. */
  function pass(chunk: Buffer): Buffer {
    const pieces: Buffer[] = []
    let from = 0
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at] ?? 0
      const isBareLf = byte === lf && last !== cr
      const isAfterBareCr = last === cr && byte !== lf
      const isStuffed = stuffDots && byte === dot && (last === lf || isAfterBareCr)
      if (isBareLf || isAfterBareCr || isStuffed) {
        const lineEnd = isBareLf ? '\r' : isAfterBareCr ? '\n' : ''
        pieces.push(chunk.subarray(from, at), Buffer.from(isStuffed ? `${lineEnd}.` : lineEnd))
        from = at
      }
      last = byte
    }
    pieces.push(chunk.subarray(from))
    return pieces.length === 1 ? chunk : Buffer.concat(pieces)
  }
  return {
    pass,
    end(): Buffer {
      if (last === lf) return Buffer.alloc(0)
      return last === cr ? Buffer.from('\n') : Buffer.from('\r\n')
    },
  }
}
