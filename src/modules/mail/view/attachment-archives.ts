import { PassThrough, type Readable } from 'node:stream'
import { ZipFile } from 'yazl'
import { notFound } from '#platform/errors.ts'
import { attachmentDisposition, harmlessName } from '#platform/http/content-disposition.ts'
import type { Attachments, Download } from './attachments.ts'
import { findComplete, type MessageViewDeps } from './message-views.ts'
import type { Attachment } from './message-wire.ts'
import { shownAttachments } from './shown-attachments.ts'

const maxNameLength = 150

export type AttachmentArchives = ReturnType<typeof createAttachmentArchives>

/** All attachments of a message in one file. */
export function createAttachmentArchives(
  deps: Pick<MessageViewDeps, 'messages' | 'views' | 'contents'> & { attachments: Attachments },
) {
  return {
    /**
     * A zip of the attachments, made while it is read: they come from the mail server one after the other. Images that
     * the text shows are left out, unless there is nothing else.
     * @throws AppError `not_found` for a message without any; what MessageSource throws before the first byte.
     */
    async open(ownerId: string, messageId: string, signal: AbortSignal): Promise<Download> {
      const { row, facts } = await findComplete(deps, ownerId, messageId)
      const all = shownAttachments(row.parts, facts.details?.tnef ?? [])
      const files = all.some((one) => !one.is_inline) ? all.filter((one) => !one.is_inline) : all
      const [first, ...rest] = fileNames(files)
      if (!first) throw notFound('attachment')
      const open = async ({ id }: Attachment) => (await deps.attachments.open(ownerId, messageId, id, signal)).stream
      // What cannot be had at all is said by an answer, before the zip has begun.
      const stream = zipOf(
        [[first[0], await open(first[1])]],
        rest.map(([name, file]) => [name, () => open(file)]),
        row,
      )
      return {
        stream,
        contentType: 'application/zip',
        disposition: attachmentDisposition(`${row.subject.slice(0, 100) || 'attachments'}.zip`),
      }
    },
  }
}

function zipOf(
  opened: readonly (readonly [name: string, stream: Readable])[],
  waiting: readonly (readonly [name: string, open: () => Promise<Readable>])[],
  { received_at }: { received_at: string },
): Readable {
  const zip = new ZipFile()
  const output = new PassThrough()
  const fail = (error: Error) => output.destroy(error)
  zip.on('error', fail)
  // Most of what is attached is compressed already.
  const options = { compress: false, mtime: new Date(received_at) }
  for (const [name, stream] of opened) {
    stream.on('error', fail)
    output.on('close', () => stream.destroy())
    zip.addReadStream(stream, name, options)
  }
  for (const [name, open] of waiting) {
    zip.addReadStreamLazy(name, options, (use) => {
      open().then((stream) => {
        stream.on('error', fail)
        output.on('close', () => stream.destroy())
        use(null, stream)
      }, fail)
    })
  }
  zip.end()
  zip.outputStream.pipe(output)
  return output
}

/**
 * Names that no program unpacks anywhere but beside each other, whatever the message calls its files: no paths, nothing
 * that Windows takes for a device, each name once however a file system compares them.
 */
export function fileNames<File extends { filename: string | null; id: string }>(
  files: readonly File[],
): [string, File][] {
  const taken = new Set<string>()
  return files.map((file) => {
    const name = storableName(file.filename ?? `attachment-${file.id.replaceAll(/[^\d]+/g, '-')}`)
    const dot = name.lastIndexOf('.')
    const [stem, extension] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, '']
    for (let count = 1; ; count++) {
      const numbered = count === 1 ? name : `${stem} (${count})${extension}`
      const key = numbered.normalize('NFC').toLowerCase()
      if (taken.has(key)) continue
      taken.add(key)
      return [numbered, file]
    }
  })
}

function storableName(filename: string): string {
  const name = harmlessName(filename)
    .replaceAll(/[<>"|?*]/g, '_')
    .slice(-maxNameLength)
    .toWellFormed()
  const plain = name.replace(/^[.\s]+|[.\s]+$/g, '') || 'attachment'
  return /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i.test(plain) ? `_${plain}` : plain
}
