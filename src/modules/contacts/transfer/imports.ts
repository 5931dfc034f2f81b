import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import { isDeepStrictEqual } from 'node:util'
import { firstOf, property, type Vcard } from '#integrations/vcard/vcard.ts'
import { readVcards } from '#integrations/vcard/vcard-reader.ts'
import { unescapeText } from '#integrations/vcard/vcard-text.ts'
import { writeVcard } from '#integrations/vcard/vcard-writer.ts'
import type { Actor } from '#platform/auth/actor.ts'
import type { Database } from '#platform/database/database.ts'
import { AppError } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import type { Objects } from '#platform/objects/objects.ts'
import type { Connection } from '../books/book-sync.ts'
import { cardOf } from '../card/card-draft.ts'
import { fullNameOf } from '../card/name.ts'
import { readCard } from '../card/read-card.ts'
import { emptyVcard, writeCard } from '../card/write-card.ts'
import { contactPath } from '../contact/contact-path.ts'
import { contactStore } from '../contact/contact-store.ts'
import type { ContactWrites } from '../contact/contact-writes.ts'
import type { Contacts } from '../contact/contacts.ts'
import { readCsv } from './csv-reader.ts'

/** What became of a row or a card; `line` is where it stands in the file. */
export type ImportedRow = {
  line: number
  outcome: 'created' | 'unchanged' | 'kept' | 'replaced' | 'failed'
  name?: string
  path?: string
  code?: string
  message?: string
}
export type ImportSummary = Record<ImportedRow['outcome'], number> & {
  is_complete: boolean
  code?: string
  message?: string
}
export type ImportOptions = { format: 'vcard' | 'csv'; existing: 'keep' | 'replace' }

type Candidate = { line: number; vcard: Vcard } | { line: number; code: string; message: string }

/** Where files wait while they are read: they come faster than Nextcloud takes contacts. */
export const importPrefix = 'contacts-imports/'
export const maxImportBytes = 200 * 1024 * 1024
const atOnce = 4

export type Imports = ReturnType<typeof createImports>

/**
 * Brings files of contacts into an address book, row by row. The same file can be brought again: a card is known by its
 * uid, one without by its content.
 */
export function createImports(deps: {
  database: Database
  objects: Objects
  contacts: Contacts
  writes: ContactWrites
}) {
  const { database, objects, contacts, writes } = deps

  async function place(
    connection: Connection,
    book: string,
    candidate: Candidate,
    existing: ImportOptions['existing'],
  ): Promise<ImportedRow> {
    const { line } = candidate
    if (!('vcard' in candidate)) return { line, outcome: 'failed', code: candidate.code, message: candidate.message }
    const vcard = withUid(candidate.vcard)
    const card = readCard(vcard)
    const object = `${digest(card.uid).slice(0, 40)}.vcf`
    const [known] = (await contactStore.findByUids(database, connection.ownerId, [card.uid])).filter(
      (one) => one.book === book,
    )
    const told = (outcome: ImportedRow['outcome'], at = object): ImportedRow => ({
      ...{ line, outcome, name: card.name.full },
      path: contactPath({ user: connection.user, book, object: at }),
    })
    if (!known) {
      await writes.create(connection, { book, object }, vcard, { isRepeated: true })
      return told('created')
    }
    if (isDeepStrictEqual(known.card, card)) return told('unchanged', known.object)
    if (existing === 'keep') return told('kept', known.object)
    await writes.change(connection, { book, object: known.object }, undefined, () => vcard)
    return told('replaced', known.object)
  }

  async function outcome(
    connection: Connection,
    book: string,
    candidate: Candidate,
    existing: ImportOptions['existing'],
  ) {
    try {
      return await place(connection, book, candidate, existing)
    } catch (error) {
      if (!(error instanceof AppError) || isOfAll(error)) throw error
      return { line: candidate.line, outcome: 'failed' as const, code: error.code, message: error.message }
    }
  }

  /** A few at once, told in the order of the file; at last the summary. */
  async function* report(
    connection: Connection,
    book: string,
    candidates: AsyncIterable<Candidate>,
    { existing }: ImportOptions,
  ): AsyncGenerator<ImportedRow | ImportSummary> {
    const summary: ImportSummary = {
      ...{ created: 0, unchanged: 0, kept: 0, replaced: 0, failed: 0 },
      is_complete: false,
    }
    try {
      for await (const group of inGroups(candidates, atOnce)) {
        for (const row of await Promise.all(group.map((one) => outcome(connection, book, one, existing)))) {
          summary[row.outcome] += 1
          yield row
        }
      }
      yield { ...summary, is_complete: true }
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      yield { ...summary, code: error.code, message: error.message }
    }
  }

  return {
    /**
     * What becomes of each row, while it is brought. @throws AppError `not_found`, `contacts.book_read_only`,
     * `contacts.import_too_large` before anything is brought
     */
    async run(
      actor: Actor,
      book: string,
      content: Readable,
      options: ImportOptions,
    ): Promise<AsyncGenerator<ImportedRow | ImportSummary>> {
      const connection = await contacts.connect(actor)
      await writes.writableBook(connection, book)
      const key = `${importPrefix}${actor.personId}/${newId()}`
      await objects.put(key, content.compose(bounded) as Readable)
      return (async function* () {
        try {
          const stored = await objects.get(key)
          if (!stored) return
          const candidates = options.format === 'csv' ? ofCsv(stored.content) : ofVcards(stored.content)
          yield* report(connection, book, candidates, options)
        } finally {
          await objects.delete(key)
        }
      })()
    },
  }
}

async function* bounded(content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let size = 0
  for await (const chunk of content) {
    size += chunk.byteLength
    if (size > maxImportBytes) throw tooLarge()
    yield chunk
  }
}

async function* ofVcards(content: Readable): AsyncGenerator<Candidate> {
  for await (const read of readVcards(content)) {
    if ('vcard' in read) yield read
    else yield { line: read.line, code: `contacts.${read.fault}`, message: faults[read.fault] }
  }
}

const faults = {
  not_a_vcard: 'Here is something that is no vCard; it was passed over.',
  too_large: 'This vCard is larger than 4 MiB; make its photo smaller.',
  cut_off: 'The file ends within this vCard; export it once more.',
}

async function* ofCsv(content: Readable): AsyncGenerator<Candidate> {
  for await (const { line, draft } of readCsv(content)) {
    try {
      yield { line, vcard: writeCard(emptyVcard, cardOf(draft, digest(JSON.stringify(draft)))) }
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      yield { line, code: error.code, message: error.message }
    }
  }
}

/** Every card needs a uid and a full name. */
function withUid(vcard: Vcard): Vcard {
  const uid = unescapeText(firstOf(vcard, 'UID')?.value ?? '').trim()
  const full = firstOf(vcard, 'FN')?.value.trim() || fullNameOf(readCard(vcard)) || 'Unnamed'
  const rest = vcard.properties.filter(({ name }) => (uid !== '' || name !== 'UID') && name !== 'FN')
  const fn = firstOf(vcard, 'FN')
  const named = fn?.value.trim()
    ? vcard.properties.filter(({ name }) => uid !== '' || name !== 'UID')
    : [property('FN', full), ...rest]
  const made = uid === '' ? [property('UID', uuidOf(writeVcard(vcard)))] : []
  return { ...vcard, properties: [...made, ...named] }
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex')

/** The same for the same content. */
const uuidOf = (text: string): string =>
  digest(text).replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-8$3-8$4-$5')

async function* inGroups<T>(items: AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  let group: T[] = []
  for await (const item of items) {
    group.push(item)
    if (group.length < size) continue
    yield group
    group = []
  }
  if (group.length > 0) yield group
}

/** What is wrong with all of it and not with this row. */
const isOfAll = ({ kind }: AppError): boolean =>
  ['upstream_unavailable', 'upstream_timeout', 'unavailable', 'insufficient_storage', 'forbidden'].includes(kind)

const tooLarge = () =>
  new AppError('unprocessable', 'contacts.import_too_large', 'The file is larger than 200 MiB; split it.')
