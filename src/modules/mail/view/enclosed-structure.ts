import type { MessageStructureObject } from 'imapflow'
import type { MessagePart } from '../sync/body-parts.ts'
import { cleanLine } from '../sync/clean-text.ts'

const maxNodes = 2000
const maxDepth = 30

type Place = { node: MessageStructureObject; path: readonly number[]; isRoot: boolean; depth: number }

/**
 * The leaves of a message and of all that it encloses, by their part numbers (RFC 3501 §6.4.5). They are counted here:
 * a message that encloses a single part names it like itself in some parsers.
 */
export function partsByNumber(structure: MessageStructureObject): Map<string, MessageStructureObject> {
  const leaves = new Map<string, MessageStructureObject>()
  const waiting: Place[] = [{ node: structure, path: [], isRoot: true, depth: 0 }]
  for (let visited = 0; visited < maxNodes; visited++) {
    const place = waiting.pop()
    if (!place) break
    const { node, path, isRoot, depth } = place
    const children = depth < maxDepth ? (node.childNodes ?? []) : []
    if (node.type.startsWith('multipart/')) {
      const numbered = children.slice(0, maxNodes).map((child, at) => ({
        ...{ node: child, path: [...path, at + 1], isRoot: false, depth: depth + 1 },
      }))
      waiting.push(...numbered.reverse())
      continue
    }
    const number = isRoot ? [...path, 1] : path
    leaves.set(number.join('.'), node)
    const [enclosed] = node.type === 'message/rfc822' ? children : []
    if (enclosed) waiting.push({ node: enclosed, path: number, isRoot: true, depth: depth + 1 })
  }
  return leaves
}

/** One leaf in the form that is kept of a message's own. */
export function partOf(number: string, node: MessageStructureObject): MessagePart {
  const disposition = node.disposition?.toLowerCase()
  const filename = node.dispositionParameters?.filename ?? node.parameters?.name
  const charset = node.parameters?.charset
  return {
    part: number,
    type: cleanLine(node.type.toLowerCase(), 200),
    encoding: cleanLine(node.encoding?.toLowerCase() || '7bit', 40),
    charset: charset ? cleanLine(charset.toLowerCase(), 60) : null,
    size: Math.max(0, node.size ?? 0),
    disposition: disposition === 'inline' || disposition === 'attachment' ? disposition : null,
    filename: filename ? cleanLine(filename, 255) || null : null,
    cid: node.id ? cleanLine(node.id, 500).replace(/^<|>$/g, '') || null : null,
  }
}

/** The leaves of the message that part `number` encloses, those of messages within it left out. */
export function enclosedParts(leaves: ReadonlyMap<string, MessageStructureObject>, number: string): MessagePart[] {
  const within = [...leaves].filter(([id]) => id.startsWith(`${number}.`))
  const messages = within.filter(([, node]) => node.type === 'message/rfc822').map(([id]) => `${id}.`)
  return within
    .filter(([id]) => !messages.some((message) => id.startsWith(message)))
    .map(([id, node]) => partOf(id, node))
}
