import { mailReindex } from '#modules/mail/index.ts'
import { createReindexing, documentReindex } from '#modules/search/index.ts'
import { createDatabase } from '#platform/database/database.ts'
import { type Command, configOf, isUuid, parseOptions, UsageError } from './command.ts'

export const search: Command = {
  summary: 'make the search index anew, while everybody goes on working',
  help: `ultid search reindex [--owner ID] [--fresh]

Makes the words by which mail, files, events and contacts are found anew, of what is stored: after an update that changes how
words are read, or when something is not found that is there. Nothing is taken out of the index meanwhile.

A run that is broken off goes on where it was; several may run at once, on any machine. --fresh begins from the start, --owner
does one person's alone ("ultid users list" shows ids).

Examples:
  ultid search reindex
  ultid search reindex --owner 0197a1e8-1234-7567-89ab-cdef01234567 --fresh`,

  async run(args, terminal) {
    const { values, positionals } = parseOptions({
      args,
      allowPositionals: true,
      options: { owner: { type: 'string' }, fresh: { type: 'boolean' } },
    })
    if (positionals.join(' ') !== 'reindex') throw new UsageError('Say what to do: ultid search reindex')
    const { owner, fresh = false } = values
    if (owner !== undefined && !isUuid(owner)) throw new UsageError(`"${owner}" is no id of a person.`)
    const { secrets } = configOf(terminal)
    const onError = (error: Error) => terminal.complain(`database: ${error.message}`)
    const { database, transact, close } = createDatabase({ url: secrets.databaseUrl, poolSize: 2, onError })
    try {
      const reindexing = createReindexing({ database, transact, sources: [mailReindex, documentReindex] })
      const { rows, owners } = await reindexing.run({
        ...(owner !== undefined && { ownerId: owner }),
        isFresh: fresh,
        onProgress: (progress) =>
          terminal.print(`${progress.rows} indexed, ${progress.done} of ${progress.owners} done`),
      })
      if (owner !== undefined && owners === 0) {
        terminal.complain(`There is no person ${owner}; see "ultid users list".`)
        return 1
      }
      terminal.print(`${rows} indexed anew`)
      return 0
    } finally {
      await close()
    }
  },
}
