import { attachmentsOf, type MessagePart } from '../sync/body-parts.ts'
import type { MessageDetails } from './message-details.ts'
import type { Attachment } from './message-wire.ts'

/** The attachments of a message: its parts, and in the place of each winmail.dat the files within it. */
export function shownAttachments(parts: readonly MessagePart[], tnef: MessageDetails['tnef']): Attachment[] {
  return attachmentsOf([...parts]).flatMap((part) => {
    const files = tnef.find((content) => content.part === part.part)?.files ?? []
    if (files.length === 0) return [attachmentOf(part)]
    return files.map((file, at) => ({
      id: `${part.part}~${at + 1}`,
      filename: file.filename,
      content_type: file.content_type,
      size_bytes: file.size,
      is_inline: file.content_id !== null,
      content_id: file.content_id,
    }))
  })
}

const attachmentOf = (part: MessagePart): Attachment => ({
  id: part.part,
  filename: part.filename,
  content_type: part.type,
  size_bytes: part.size,
  is_inline: part.disposition === 'inline' || (part.cid !== null && part.disposition === null),
  content_id: part.cid,
})
