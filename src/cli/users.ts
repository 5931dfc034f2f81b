import { accountCensusStore } from '#modules/mail/index.ts'
import { type ListedPerson, personDirectoryStore } from '#platform/auth/person-directory-store.ts'
import type { Database } from '#platform/database/database.ts'
import { type Command, isUuid, parseOptions, type Terminal, UsageError, wholeNumber } from './command.ts'
import { withDatabase } from './operator-database.ts'
import { oneLine, shortTime, tableLines } from './table.ts'

export const users: Command = {
  summary: 'list people, or show one with their mail accounts',
  help: `ultid users list [--limit N] [--after ID] [--json]
ultid users show EMAIL|ID [--json]

  list      people in the order in which they first came, with when they were last seen and how many mail accounts
            they have; 50 unless --limit says otherwise, up to 1000
  show      one person and the state of each of their mail accounts

  --after   go on behind this person
  --json    for programs; "next" is the id for --after, null at the end

Examples:
  ultid users list
  ultid users list --limit 200 --after 0198f3c2-7a51-7c3e-8f9b-3f1f7b3c2a10
  ultid users show alice@example.org`,

  async run(args, terminal) {
    const { values, positionals } = parseOptions({
      args,
      allowPositionals: true,
      options: { limit: { type: 'string' }, after: { type: 'string' }, json: { type: 'boolean' } },
    })
    const [verb, who, ...rest] = positionals
    const isJson = values.json === true
    if (verb === 'list' && who === undefined) {
      const limit = wholeNumber('--limit', values.limit ?? '50', { min: 1, max: 1000 })
      if (values.after !== undefined && !isUuid(values.after)) throw new UsageError('--after takes the id of a person.')
      const page = { limit, after: values.after }
      return withDatabase(terminal, (database) => list(database, page, { terminal, isJson }))
    }
    if (verb === 'show' && who !== undefined && rest.length === 0) {
      return withDatabase(terminal, (database) => show(database, who, { terminal, isJson }))
    }
    throw new UsageError('Say what to do: ultid users list, or ultid users show EMAIL|ID')
  },
}

type Page = { limit: number; after: string | undefined }
type Output = { terminal: Terminal; isJson: boolean }

async function list(database: Database, page: Page, { terminal, isJson }: Output): Promise<number> {
  // One more than shown tells whether there are more.
  const found = await personDirectoryStore.list(database, { ...page, limit: page.limit + 1 })
  const people = found.slice(0, page.limit)
  const counts = await accountCensusStore.countByOwner(
    database,
    people.map(({ id }) => id),
  )
  const next = found.length > people.length ? (people.at(-1)?.id ?? null) : null
  const items = people.map((person) => ({ ...person, mail_accounts: counts.get(person.id) ?? 0 }))
  if (isJson) {
    terminal.print(JSON.stringify({ items, next }, null, 2))
    return 0
  }
  const rows = items.map((one) => [
    one.id,
    oneLine(one.email ?? ''),
    nameOf(one),
    shortTime(one.last_seen_at),
    String(one.mail_accounts),
  ])
  for (const line of tableLines(['id', 'email', 'name', 'last seen', 'mail accounts'], rows)) terminal.print(line)
  if (next !== null) terminal.print(`more: ultid users list --limit ${page.limit} --after ${next}`)
  return 0
}

async function show(database: Database, who: string, { terminal, isJson }: Output): Promise<number> {
  const people = isUuid(who)
    ? [await personDirectoryStore.find(database, who)].filter((person) => person !== undefined)
    : await personDirectoryStore.findByEmail(database, who)
  if (people.length === 0) {
    terminal.complain(
      `Nobody known here is "${oneLine(who)}". People are known once they sign in; see "ultid users list".`,
    )
    return 1
  }
  const items = await Promise.all(
    people.map(async (person) => ({ ...person, mail_accounts: await accountCensusStore.list(database, person.id) })),
  )
  if (isJson) terminal.print(JSON.stringify({ items }, null, 2))
  else for (const item of items) for (const line of detailLines(item)) terminal.print(line)
  return 0
}

type Shown = ListedPerson & { mail_accounts: Awaited<ReturnType<typeof accountCensusStore.list>> }

function detailLines(person: Shown): string[] {
  const facts = Object.entries({
    id: person.id,
    email: person.email ?? '',
    name: nameOf(person),
    'user name': person.username ?? '',
    groups: person.groups.join(', '),
    issuer: person.issuer,
    subject: person.subject,
    'first seen': shortTime(person.created_at),
    'last seen': shortTime(person.last_seen_at),
  })
  const rows = person.mail_accounts.map((one) => [
    ...[one.id, oneLine(one.email), one.state],
    ...[one.error_code ?? '', shortTime(one.last_synced_at)],
  ])
  return [
    ...facts.map(([name, value]) => `${`${name}:`.padEnd(11)} ${oneLine(value)}`.trimEnd()),
    ...(rows.length === 0
      ? ['no mail accounts']
      : tableLines(['mail account', 'email', 'state', 'error', 'last synced'], rows)),
    '',
  ]
}

const nameOf = ({ display_name: name }: ListedPerson): string => oneLine(name ?? '', 40)
