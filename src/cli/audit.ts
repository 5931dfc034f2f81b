import { readFileSync } from 'node:fs'
import { auditHeads, type ChainHead, verifyAudit } from '#platform/audit/audit-chain.ts'
import type { Database } from '#platform/database/database.ts'
import { type Command, parseOptions, type Terminal, UsageError } from './command.ts'
import { withDatabase } from './operator-database.ts'

export const audit: Command = {
  summary: 'show whether the audit log was changed behind ultid',
  help: `ultid audit verify [--against FILE]
ultid audit heads

  verify     hold every entry of the audit log against its hash and its neighbours; ends with 1 when one was changed,
             removed or put in
  heads      print where each person's chain of entries ends, for --against

  --against  what "heads" printed earlier: shows also when somebody made all hashes anew. Keep it where nobody who can
             write the database can change it; nightly is a good time.

Examples:
  ultid audit verify
  ultid audit heads > /mnt/elsewhere/audit-2026-05-23
  ultid audit verify --against /mnt/elsewhere/audit-2026-05-23`,

  async run(args, terminal) {
    const { values, positionals } = parseOptions({
      args,
      allowPositionals: true,
      options: { against: { type: 'string' } },
    })
    const [verb, ...rest] = positionals
    if (verb === 'verify' && rest.length === 0) {
      const remembered = values.against === undefined ? [] : readHeads(values.against)
      return withDatabase(terminal, (database) => verify(database, remembered, terminal))
    }
    if (verb === 'heads' && rest.length === 0 && values.against === undefined) {
      return withDatabase(terminal, (database) => printHeads(database, terminal))
    }
    throw new UsageError('Say what to do: ultid audit verify [--against FILE], or ultid audit heads')
  },
}

async function verify(database: Database, remembered: readonly ChainHead[], terminal: Terminal): Promise<number> {
  const { entries, chains, faults } = await verifyAudit(database, remembered)
  for (const { owner_id, kind, seq, id } of faults) {
    terminal.complain(
      `${owner_id}: ${meanings[kind] ?? kind}${seq === null ? '' : `, at ${seq}`}${id ? ` (${id})` : ''}`,
    )
  }
  if (faults.length > 0) {
    terminal.complain(
      'The audit log is not as ultid wrote it. Compare it with a backup, and find out who can write the database.',
    )
    return 1
  }
  const also = remembered.length > 0 ? `, and the ${remembered.length} remembered ends are among them` : ''
  terminal.print(`${entries} entries in ${chains} chains are as they were written${also}`)
  return 0
}

const meanings: Readonly<Record<string, string>> = {
  changed: 'an entry was changed',
  missing_before: 'an entry is missing before this one',
  missing_at_end: 'entries are missing at the end',
  unchained: 'an entry was put in',
  unlike_remembered: 'the entry is not the one that was remembered',
}

async function printHeads(database: Database, terminal: Terminal): Promise<number> {
  for await (const { owner_id, seq, hash } of auditHeads(database)) terminal.print(`${owner_id} ${seq} ${hash}`)
  return 0
}

function readHeads(path: string): ChainHead[] {
  const lines = textOf(path).split('\n').filter(Boolean)
  return lines.map((line) => {
    const [, owner_id = '', seq = '', hash = ''] = /^([0-9a-f-]{36}) (\d{1,15}) ([0-9a-f]{64})$/.exec(line) ?? []
    if (!hash) throw new UsageError(`${path} is not what "ultid audit heads" prints.`)
    return { owner_id, seq: Number(seq), hash }
  })
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new UsageError(`--against names ${path}, which cannot be read (${(error as NodeJS.ErrnoException).code}).`)
  }
}
