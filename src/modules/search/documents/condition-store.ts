import { type RawBuilder, sql } from 'kysely'
import { isWordTree, wordQuery } from '#platform/words/word-query.ts'
import { wordPattern } from '#platform/words/words.ts'
import type { SearchLeaf, SearchNode } from '../query/search-node.ts'

type Condition = RawBuilder<boolean>
type FieldLeaf = Extract<SearchLeaf, { kind: 'field' }>

const no = sql<boolean>`false`

/** Whether the row `document` of search_document is what `node` asks for. */
export function documentCondition(node: SearchNode): Condition {
  if (isWordTree(node)) return wordsCondition(wordQuery(node))
  if (node.kind === 'not') return sql`not (${documentCondition(node.node)})`
  if (node.kind === 'any') return sql`(${sql.join(node.nodes.map(documentCondition), sql` or `)})`
  if (node.kind === 'all') return sql`(${sql.join(allOf(node.nodes), sql` and `)})`
  return leafCondition(node)
}

/** Words that all must be found are looked up at once. */
function allOf(nodes: readonly SearchNode[]): Condition[] {
  const words = nodes.filter(isWordTree)
  const others = nodes.filter((node) => !isWordTree(node)).map(documentCondition)
  return words.length === 0 ? others : [wordsCondition(wordQuery({ kind: 'all', nodes: words })), ...others]
}

const wordsCondition = (query: string): Condition => (query === '' ? no : sql`document.words @@ ${query}::tsquery`)

function leafCondition(leaf: Exclude<SearchLeaf, { kind: 'words' }>): Condition {
  switch (leaf.kind) {
    case 'field':
      return fieldCondition(leaf)
    case 'is':
      if (leaf.state === 'starred') return sql`document.is_starred`
      return leaf.state === 'unstarred' ? sql`not document.is_starred` : no
    case 'attachment':
      return sql`document.has_attachments`
    case 'since':
      return sql`document.happened_at >= ${leaf.time}::timestamptz`
    case 'until':
      return sql`document.happened_at < ${leaf.time}::timestamptz`
    case 'larger':
      return sql`coalesce(document.size_bytes >= ${leaf.bytes}, false)`
    case 'smaller':
      return sql`coalesce(document.size_bytes < ${leaf.bytes}, false)`
    case 'type':
      return sql`(document.type = ${leaf.name} or split_part(document.type, '.', 1) = ${leaf.name})`
  }
}

function fieldCondition(leaf: FieldLeaf): Condition {
  switch (leaf.field) {
    case 'from':
      return person(leaf, ['from'])
    case 'to':
      return person(leaf, ['to', 'cc'])
    case 'cc':
      return person(leaf, ['cc'])
    case 'with':
      return person(leaf, ['from', 'to', 'cc'])
    case 'subject':
      return holds(sql`document.title`, leaf)
    case 'filename':
      return holds(sql`coalesce(document.filename, '')`, leaf)
    case 'in':
      return leaf.text.toLowerCase() === 'anywhere' ? sql`true` : isNamed(sql`document.container_names`, leaf.text)
    case 'label':
      return isNamed(sql`document.labels`, leaf.text)
  }
}

/** `me` is whoever signs in with that address. */
function person(leaf: FieldLeaf, roles: readonly string[]): Condition {
  const people = sql`(select string_agg(concat_ws(' ', one ->> 'name', one ->> 'email'), ' ; ')
    from jsonb_array_elements(document.people) as one where one ->> 'role' = any(${roles}::text[]))`
  if (leaf.text.toLowerCase() !== 'me') return holds(people, leaf)
  return sql`coalesce(position(
    (select lower(email) from principal where id = document.owner_id and email <> '') in lower(${people})) > 0, false)`
}

function holds(text: RawBuilder<unknown>, { text: wanted, isPrefix }: FieldLeaf): Condition {
  const pattern = wordPattern(wanted, { isPrefix })
  return pattern === undefined ? no : sql`coalesce(lower(unaccent(${text})) ~ ${pattern}, false)`
}

/** A name may be written with hyphens for its spaces. */
const isNamed = (names: RawBuilder<unknown>, name: string): Condition => sql`exists (
  select from unnest(${names}) as one (name)
  where lower(unaccent(one.name)) in (lower(unaccent(${name})), lower(unaccent(${name.replaceAll('-', ' ')}))))`
