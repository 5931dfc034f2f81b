import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'

/** A file of a form; `content` is read once. */
export type FormFile = { field: 'assetData' | 'sidecarData'; name: string; contentType: string; content: Readable }

/**
 * A multipart/form-data body (RFC 7578) that is made while it is read: fields, then each file as it comes. `file`
 * tells of the only one, where its size is known, which gives the body a length.
 */
export function uploadForm(
  fields: Readonly<Record<string, string>>,
  files: AsyncIterable<FormFile> | Iterable<FormFile>,
  options: { file?: { name: string; contentType: string; sizeBytes: number } } = {},
): { body: Readable; headers: Record<string, string> } {
  const boundary = `ulti-${randomUUID()}`
  const head = Object.entries(fields)
    .map(([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`)
    .join('')
  const end = `--${boundary}--\r\n`

  async function* parts(): AsyncGenerator<Buffer> {
    yield Buffer.from(head)
    for await (const file of files) {
      yield Buffer.from(fileHead(boundary, file))
      yield* file.content as AsyncIterable<Buffer>
      yield Buffer.from('\r\n')
    }
    yield Buffer.from(end)
  }

  const headers: Record<string, string> = { 'content-type': `multipart/form-data; boundary=${boundary}` }
  const { file } = options
  if (file) {
    const frame = head + fileHead(boundary, { field: 'assetData', ...file }) + end
    headers['content-length'] = String(Buffer.byteLength(frame) + file.sizeBytes + 2)
  }
  // Bytes, not objects: back-pressure is counted in them.
  return { body: Readable.from(parts(), { objectMode: false }), headers }
}

const fileHead = (boundary: string, { field, name, contentType }: Omit<FormFile, 'content'>): string =>
  `--${boundary}\r\nContent-Disposition: form-data; name="${field}"; filename="${quoted(name)}"\r\n` +
  `Content-Type: ${contentType}\r\n\r\n`

/** As browsers escape names of files (HTML, multipart/form-data encoding). */
const quoted = (name: string): string => name.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
