import type { Readable } from 'node:stream'

/** How a whole message may lie within another one (RFC 2046 §5.2.1): it must not be encoded. */
export type EnclosedForm = '7bit' | '8bit' | 'binary'

const maxLine = 998

/** Reads a message to its end to tell its form. `binary` has NULs, lines too long, or a CR or LF that ends no line. */
export async function formOfMessage(content: Readable): Promise<EnclosedForm> {
  let form: EnclosedForm = '7bit'
  let lineLength = 0
  let previous = 0
  for await (const chunk of content as AsyncIterable<Buffer>) {
    for (const byte of chunk) {
      if (byte === 0 || (previous === cr && byte !== lf)) return 'binary'
      if (byte > 0x7f) form = '8bit'
      if (byte === lf) lineLength = 0
      else if (byte !== cr && ++lineLength > maxLine) return 'binary'
      previous = byte
    }
  }
  return previous === cr ? 'binary' : form
}

const cr = 13
const lf = 10
