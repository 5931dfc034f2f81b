/** The headers of a message by which an answer finds its place in the thread. */
export type RepliedMessage = {
  message_id_header: string | null
  in_reply_to: string | null
  reference_headers: string[]
}

/** How many ancestors of a thread are named; the first one and the latest say all that is needed. */
const maxReferences = 20

/** RFC 5322 §3.6.4: the parent's references, or else what it answers itself, and then the parent. */
export function referencesTo({ message_id_header: parent, in_reply_to, reference_headers }: RepliedMessage): {
  inReplyTo?: string
  references: string[]
} {
  if (!parent) return { references: [] }
  const ancestors = reference_headers.length > 0 ? reference_headers : in_reply_to ? [in_reply_to] : []
  const all = [...new Set([...ancestors, parent])]
  const references = all.length > maxReferences ? [...all.slice(0, 1), ...all.slice(1 - maxReferences)] : all
  return { inReplyTo: parent, references }
}
