/** What a text is looked for in, where not everywhere. `with` is any of from, to and cc. */
export type TextField = 'from' | 'to' | 'cc' | 'with' | 'subject' | 'in' | 'label' | 'filename'
export type HitState = 'unread' | 'read' | 'starred' | 'unstarred' | 'answered' | 'draft' | 'pinned' | 'snoozed'

/** One thing that a hit has or has not. A source for whose hits it makes no sense takes it for false. */
export type SearchLeaf =
  | { kind: 'words'; text: string; isPhrase: boolean; isPrefix: boolean }
  | { kind: 'field'; field: TextField; text: string; isPrefix: boolean }
  | { kind: 'is'; state: HitState }
  | { kind: 'attachment' }
  /** At that time or later; before that time. RFC 3339 in UTC. */
  | { kind: 'since'; time: string }
  | { kind: 'until'; time: string }
  | { kind: 'larger'; bytes: number }
  | { kind: 'smaller'; bytes: number }
  /** A type of hits, or the module that they all are of. */
  | { kind: 'type'; name: string }

export type SearchNode =
  | SearchLeaf
  | { kind: 'not'; node: SearchNode }
  | { kind: 'all'; nodes: SearchNode[] }
  | { kind: 'any'; nodes: SearchNode[] }

export type WordNode = Extract<SearchLeaf, { kind: 'words' }> | { kind: 'any'; nodes: WordNode[] }

/** Something that was not understood as an operator and is looked for as words. Columns count from 1, in UTF-16 units. */
export type QueryProblem = { column: number; length: number; message: string }

/** `root` is undefined when there is nothing to find in what was typed. */
export type SearchQuery = { root: SearchNode | undefined; problems: QueryProblem[] }

/** Every leaf that a hit may have, none that it must not have. */
export function wantedLeaves(node: SearchNode | undefined): SearchLeaf[] {
  if (!node || node.kind === 'not') return []
  return 'nodes' in node ? node.nodes.flatMap(wantedLeaves) : [node]
}

/** All words that a hit may hold, wherever they are looked for: what it is ranked by. */
export function wordsIn(node: SearchNode): WordNode {
  const words = wantedLeaves(node).flatMap((leaf): WordNode[] => {
    if (leaf.kind === 'words') return [leaf]
    return 'text' in leaf ? [{ kind: 'words', text: leaf.text, isPhrase: false, isPrefix: leaf.isPrefix }] : []
  })
  return { kind: 'any', nodes: words }
}

/** Every leaf, wanted or not. */
export function allLeaves(node: SearchNode | undefined): SearchLeaf[] {
  if (!node) return []
  if (node.kind === 'not') return allLeaves(node.node)
  return 'nodes' in node ? node.nodes.flatMap(allLeaves) : [node]
}
