import { Readable } from 'node:stream'

/**
 * What is to be stored, as buffers counted while they pass. `fault` is the source's own error, to be told from an error
 * of the store. A source that fails before anybody reads from it fails here, not as an unhandled error.
 */
export function readSource(content: Readable | Buffer) {
  const source = content instanceof Readable ? content : Readable.from([content])
  source.on('error', () => undefined)
  const progress: { size: number; fault?: unknown } = { size: 0 }
  async function* chunks(): AsyncGenerator<Buffer> {
    try {
      for await (const chunk of source) {
        const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk)
        progress.size += bytes.byteLength
        yield bytes
      }
    } catch (error) {
      progress.fault = error
      throw error
    }
  }
  return { progress, chunks, destroy: () => void source.destroy() }
}
