/** Finds which of many literals are in a text, in one pass over it (Aho and Corasick, CACM 18/6, 1975). */
export type LiteralScanner = {
  /** Calls `found` once for each literal that is in `text`. */
  scan(text: string, found: (id: number) => void): void
}

type Node = {
  next: Map<number, Node>
  /** The node of the longest proper suffix that is in the tree. */
  fallback: Node | undefined
  /** The next node along the fallbacks at which a literal ends. */
  output: Node | undefined
  ids: number[]
  /** The last scan that came by. */
  seen: number
}

const newNode = (): Node => ({ next: new Map(), fallback: undefined, output: undefined, ids: [], seen: 0 })

/** `literals` may hold one several times; an empty one is in every text. */
export function createLiteralScanner(literals: readonly { text: string; id: number }[]): LiteralScanner {
  const root = newNode()
  for (const { text, id } of literals) nodeOf(root, text).ids.push(id)
  link(root)
  let scans = 0
  return {
    scan(text, found) {
      const scan = ++scans
      for (const id of root.ids) found(id)
      let node = root
      for (let at = 0; at < text.length; at++) {
        node = step(root, node, text.charCodeAt(at))
        // What was told is not told again: the walk over outputs takes no longer than there are nodes.
        for (let end: Node | undefined = node; end && end !== root && end.seen !== scan; end = end.output) {
          end.seen = scan
          for (const id of end.ids) found(id)
        }
      }
    },
  }
}

function nodeOf(root: Node, text: string): Node {
  let node = root
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    const next = node.next.get(code) ?? newNode()
    node.next.set(code, next)
    node = next
  }
  return node
}

function step(root: Node, from: Node, code: number): Node {
  for (let node: Node | undefined = from; node; node = node.fallback) {
    const next = node.next.get(code)
    if (next) return next
  }
  return root
}

/** Breadth first: the fallback of a node is nearer to the root than itself. */
function link(root: Node): void {
  const queue: Node[] = []
  for (const child of root.next.values()) {
    child.fallback = root
    queue.push(child)
  }
  for (let at = 0; at < queue.length; at++) {
    const node = queue[at] as Node
    for (const [code, child] of node.next) {
      child.fallback = step(root, node.fallback ?? root, code)
      queue.push(child)
    }
    const { fallback = root } = node
    node.output = fallback.ids.length > 0 ? fallback : fallback.output
  }
}
