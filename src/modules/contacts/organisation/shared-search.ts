import type { HitKey, SearchLeaf, SearchNode, SearchSource, SourceHit } from '#modules/search/index.ts'
import type { Database } from '#platform/database/database.ts'
import { contactPath } from '../contact/contact-path.ts'
import { folded, queryWords } from '../names/folding.ts'
import { sharedBookId } from './shared-book.ts'
import { type SharedContactRow, sharedContactStore as store } from './shared-contact-store.ts'

const type = 'contacts.shared_contact'
/** An organisation's address book is looked through as a whole, as far as a word of the query narrows it. */
const mostLookedThrough = 2000

/** Lets contacts of the organisation be found among everything else, by those who see them. */
export function createSharedSearchSource(deps: {
  database: Database
  userOf: (ownerId: string) => Promise<string>
}): SearchSource {
  const { database, userOf } = deps
  return {
    types: [{ type, permission: 'contacts:read' }],
    async search({ ownerId, query, after, limit }) {
      const filter = { words: wordsOf(query.root), before: undefined, limit: mostLookedThrough }
      const rows = await store.byChange(database, { personId: ownerId }, filter)
      const user = rows.length > 0 ? await userOf(ownerId) : ''
      const hits = rows.filter((row) => isMatch(row, query.root)).map((row) => hitOf(user, row, row.key))
      const found = hits.filter((hit) => isAfter(hit, after)).sort(newestFirst)
      return { hits: found.slice(0, limit), isIncomplete: rows.length === mostLookedThrough }
    },
  }
}

/** Words that each hit must have. */
const wordsOf = (root: SearchNode): string[] =>
  (root.kind === 'all' ? root.nodes : [root]).flatMap((leaf) => (leaf.kind === 'words' ? queryWords(leaf.text) : []))

function isMatch(row: SharedContactRow, node: SearchNode): boolean {
  if (node.kind === 'not') return !isMatch(row, node.node)
  if (node.kind === 'all') return node.nodes.every((one) => isMatch(row, one))
  if (node.kind === 'any') return node.nodes.some((one) => isMatch(row, one))
  return hasLeaf(row, node)
}

function hasLeaf(row: SharedContactRow, leaf: SearchLeaf): boolean {
  switch (leaf.kind) {
    case 'words':
      return queryWords(leaf.text).every((word) => row.search.includes(` ${word}`))
    case 'field':
      return ['subject', 'with'].includes(leaf.field) && folded(row.full_name).includes(folded(leaf.text))
    case 'since':
      return row.updated_at >= new Date(leaf.time)
    case 'until':
      return row.updated_at < new Date(leaf.time)
    case 'type':
      return ['contacts', 'contacts.contact', type].includes(leaf.name)
    default:
      return false
  }
}

const hitOf = (user: string, { id, full_name: title, emails }: SharedContactRow, when: string): SourceHit => ({
  ...{ type, id, when, title, text: emails.join(', '), who: null },
  link: `/api/v1/contacts/contacts${contactPath({ user, book: sharedBookId, object: `${id}.vcf` })}`,
  place: { book_id: sharedBookId },
})

const newestFirst = (a: HitKey, b: HitKey): number => b.when.localeCompare(a.when) || b.id.localeCompare(a.id)
const isAfter = (hit: HitKey, after: HitKey | undefined): boolean => after === undefined || newestFirst(after, hit) < 0
