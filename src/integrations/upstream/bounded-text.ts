import type { Readable } from 'node:stream'

/**
 * A body as text. One that is longer than allowed, or does not end in time, is cut off: a server gone wrong must not
 * fill the memory.
 * @throws what `unreadable` makes of the reason
 */
export async function readBoundedText(
  body: Readable,
  limits: { bytes: number; timeoutMs: number },
  unreadable: (cause: unknown) => Error,
): Promise<string> {
  const deadline = setTimeout(() => body.destroy(new Error('The body did not end in time.')), limits.timeoutMs)
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      size += chunk.byteLength
      if (size > limits.bytes) throw new Error(`The body is longer than ${limits.bytes} bytes.`)
      chunks.push(chunk)
    }
  } catch (cause) {
    throw unreadable(cause)
  } finally {
    clearTimeout(deadline)
    body.destroy()
  }
  return Buffer.concat(chunks).toString('utf8')
}
