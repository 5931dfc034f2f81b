import { type RawBuilder, sql } from 'kysely'
import type { SearchLeaf, SearchNode } from '#modules/search/index.ts'
import { isWordTree, looseQuery, wordQuery } from '#platform/words/word-query.ts'
import { wordPattern } from '#platform/words/words.ts'

type Condition = RawBuilder<boolean>
type FieldLeaf = Extract<SearchLeaf, { kind: 'field' }>

const yes = sql<boolean>`true`
const no = sql<boolean>`false`

/** Whether the row `found` of mail_search is what `node` asks for. */
export function searchCondition(ownerId: string, node: SearchNode): Condition {
  if (isWordTree(node)) return wordsCondition(wordQuery(node))
  if (node.kind === 'not') return sql`not (${searchCondition(ownerId, node.node)})`
  if (node.kind === 'any')
    return sql`(${sql.join(
      node.nodes.map((one) => searchCondition(ownerId, one)),
      sql` or `,
    )})`
  if (node.kind === 'all') return sql`(${sql.join(allOf(ownerId, node.nodes), sql` and `)})`
  return leafCondition(ownerId, node)
}

/** Words that all must be found are looked up at once. */
function allOf(ownerId: string, nodes: readonly SearchNode[]): Condition[] {
  const words = nodes.filter(isWordTree)
  const others = nodes.filter((node) => !isWordTree(node)).map((node) => searchCondition(ownerId, node))
  return words.length === 0 ? others : [wordsCondition(wordQuery({ kind: 'all', nodes: words })), ...others]
}

const wordsCondition = (query: string): Condition => (query === '' ? no : sql`found.words @@ ${query}::tsquery`)

function leafCondition(ownerId: string, leaf: Exclude<SearchLeaf, { kind: 'words' }>): Condition {
  switch (leaf.kind) {
    case 'field':
      return fieldCondition(ownerId, leaf)
    case 'is':
      return stateCondition(ownerId, leaf.state)
    case 'attachment':
      return message(ownerId, sql`message.has_attachments`)
    case 'since':
      return sql`found.received_at >= ${leaf.time}::timestamptz`
    case 'until':
      return sql`found.received_at < ${leaf.time}::timestamptz`
    case 'larger':
      return message(ownerId, sql`message.size_bytes >= ${leaf.bytes}`)
    case 'smaller':
      return message(ownerId, sql`message.size_bytes < ${leaf.bytes}`)
    case 'type':
      return leaf.name === 'mail' || leaf.name === 'mail.message' ? yes : no
  }
}

// `offset 0` keeps the planner from turning a look-up by key into a join over all of an owner's rows.
const message = (ownerId: string, condition: Condition): Condition => sql`exists (
  select from mail_message as message
  where message.owner_id = ${ownerId} and message.id = found.message_id and ${condition} offset 0)`

const place = (ownerId: string, condition: Condition): Condition => sql`exists (
  select from mail_location as place
  where place.owner_id = ${ownerId} and place.message_id = found.message_id
    and place.gone_at is null and not place.is_deleted and ${condition} offset 0)`

const people = {
  from: sql`concat_ws(' ', message.from_name, message.from_email)`,
  to: recipients('$.to[*], $.cc[*], $.bcc[*]'),
  cc: recipients('$.cc[*]'),
}

/** Names and addresses of the recipients at these places of the message's `recipients`. */
function recipients(paths: string): RawBuilder<unknown> {
  const each = paths
    .split(', ')
    .map((path) => sql`select jsonb_path_query(message.recipients, ${sql.lit(path)}) as one`)
  return sql`(select string_agg(concat_ws(' ', one ->> 'name', one ->> 'email'), ' ; ')
    from (${sql.join(each, sql` union all `)}) as recipient)`
}

function fieldCondition(ownerId: string, leaf: FieldLeaf): Condition {
  switch (leaf.field) {
    case 'from':
    case 'to':
    case 'cc':
      return person(ownerId, leaf, people[leaf.field])
    case 'with':
      return person(ownerId, leaf, sql`concat_ws(' ; ', ${people.from}, ${people.to})`)
    case 'subject':
      return sql`(${mentioned(leaf)} and ${message(ownerId, holds(sql`message.subject`, leaf))})`
    case 'filename':
      return message(ownerId, sql`message.has_attachments and ${holds(filenames, leaf)}`)
    case 'in':
      return folderCondition(ownerId, leaf.text)
    case 'label':
      return labelCondition(ownerId, leaf.text)
  }
}

const filenames = sql`(select string_agg(name #>> '{}', ' ; ')
  from jsonb_path_query(message.parts, '$[*].filename') as name)`

/** `me` is the owner by any address of theirs. */
function person(ownerId: string, leaf: FieldLeaf, text: RawBuilder<unknown>): Condition {
  if (leaf.text.toLowerCase() !== 'me') return sql`(${mentioned(leaf)} and ${message(ownerId, holds(text, leaf))})`
  return message(
    ownerId,
    sql`exists (select from mail_account as own where own.owner_id = ${ownerId}
      and position(lower(own.email) in lower(${text})) > 0)`,
  )
}

/** What the index knows of it: that the words stand somewhere in the message. */
const mentioned = ({ text, isPrefix }: FieldLeaf): Condition =>
  wordsCondition(looseQuery({ kind: 'words', text, isPhrase: true, isPrefix }))

function holds(text: RawBuilder<unknown>, { text: wanted, isPrefix }: FieldLeaf): Condition {
  const pattern = wordPattern(wanted, { isPrefix })
  return pattern === undefined ? no : sql`lower(unaccent(${text})) ~ ${pattern}`
}

const roles: Readonly<Record<string, string>> = {
  ...{
    inbox: 'inbox',
    sent: 'sent',
    draft: 'drafts',
    drafts: 'drafts',
    archive: 'archive',
    trash: 'trash',
    bin: 'trash',
  },
  ...{ spam: 'junk', junk: 'junk', important: 'important', snoozed: 'snoozed', all: 'all' },
}

function folderCondition(ownerId: string, name: string): Condition {
  if (name.toLowerCase() === 'anywhere') return yes
  const role = Object.hasOwn(roles, name.toLowerCase()) ? roles[name.toLowerCase()] : null
  return place(
    ownerId,
    sql`place.shown_folder_id = any(array(
      select id from mail_folder where owner_id = ${ownerId}
        and (role = ${role ?? null} or ${name} in (id::text, path)
          or lower(unaccent(${name})) in (lower(unaccent(name)), lower(unaccent(path))))))`,
  )
}

/** A name may be written with hyphens for its spaces. */
const labelCondition = (ownerId: string, name: string): Condition => sql`exists (
  select from mail_message_label as labelled
  join mail_label as label on label.owner_id = labelled.owner_id and label.id = labelled.label_id
  where labelled.owner_id = ${ownerId} and labelled.message_id = found.message_id
    and (label.id::text = ${name} or lower(unaccent(label.name)) in (lower(unaccent(${name})),
      lower(unaccent(${name.replaceAll('-', ' ')})))) offset 0)`

function stateCondition(ownerId: string, state: Extract<SearchLeaf, { kind: 'is' }>['state']): Condition {
  switch (state) {
    case 'unread':
      return place(ownerId, sql`not place.is_read`)
    case 'read':
      return place(ownerId, sql`place.is_read`)
    case 'starred':
      return place(ownerId, sql`place.is_starred`)
    case 'unstarred':
      return place(ownerId, sql`not place.is_starred`)
    case 'answered':
      return place(ownerId, sql`place.is_answered`)
    case 'draft':
      return place(ownerId, sql`place.is_draft`)
    case 'pinned':
      return message(ownerId, sql`message.pinned_at is not null`)
    case 'snoozed':
      return message(ownerId, sql`message.snoozed_until > now()`)
  }
}
