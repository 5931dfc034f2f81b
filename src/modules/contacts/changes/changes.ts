import type { Actor } from '#platform/auth/actor.ts'
import type { Database } from '#platform/database/database.ts'
import { AppError, notFound } from '#platform/errors.ts'
import { bookStore } from '../books/book-store.ts'
import type { Freshness } from '../books/freshness.ts'
import { contactPath } from '../contact/contact-path.ts'
import { type ContactView, presentContact } from '../contact/contact-presentation.ts'
import { changeStore } from './change-store.ts'

/** `since` was told wholly; with `after`, of what came until `upTo` it was told up to there. */
type Token = { epoch: string; since: number; upTo?: number; after?: readonly [revision: number, id: string] }

export type ContactChanges = {
  created: ContactView[]
  updated: ContactView[]
  deleted: { path: string; uid: string }[]
  sync_token: string
  has_more: boolean
}

export type Changes = ReturnType<typeof createChanges>

/** What changed in an address book since a client asked last. */
export function createChanges({ database, freshness }: { database: Database; freshness: Freshness }) {
  return {
    /**
     * Without a token everything, as created. While `has_more`, ask again with the token that came.
     * @throws AppError `sync_token_invalid` for a token of another book, or from before deletions that are forgotten
     */
    async since(
      actor: Actor,
      bookName: string,
      { syncToken, limit }: { syncToken: string | undefined; limit: number },
    ): Promise<ContactChanges> {
      const connection = await freshness.connect(actor.personId)
      await freshness.ensure(connection)
      const book = await bookStore.find(database, actor.personId, bookName)
      if (!book) throw notFound('address book')
      const token: Token = syncToken === undefined ? { epoch: book.epoch, since: 0 } : readToken(syncToken)
      const isForgotten = token.since > 0 && token.since < book.forgotten_revision
      if (token.epoch !== book.epoch || token.since > book.revision || isForgotten) throw invalidToken()
      const upTo = Math.min(token.upTo ?? book.revision, book.revision)
      const place = { ownerId: actor.personId, bookId: book.id }
      const rows = await changeStore.changed(database, place, {
        since: token.since,
        upTo,
        after: token.after,
        limit: limit + 1,
      })
      const shown = rows.slice(0, limit)
      const last = shown.at(-1)
      const hasMore = rows.length > limit && last !== undefined
      const gone =
        hasMore || token.since === 0 ? [] : await changeStore.gone(database, place, { since: token.since, upTo })
      const present = (one: (typeof shown)[number]) => presentContact(connection.user, one)
      const next: Token = hasMore
        ? { ...token, upTo, after: [last.revision, last.id] }
        : { epoch: book.epoch, since: upTo }
      return {
        created: shown.filter(({ is_new }) => is_new).map(present),
        updated: shown.filter(({ is_new }) => !is_new).map(present),
        deleted: gone.map(({ object, uid }) => ({
          path: contactPath({ user: connection.user, book: bookName, object }),
          uid,
        })),
        ...{ sync_token: writeToken(next), has_more: hasMore },
      }
    },
  }
}

const writeToken = ({ epoch, since, upTo, after }: Token): string =>
  Buffer.from(JSON.stringify([epoch, since, ...(upTo === undefined || !after ? [] : [upTo, ...after])])).toString(
    'base64url',
  )

const uuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/

function readToken(text: string): Token {
  const read = parse(text)
  const [epoch, since, upTo, revision, id] = Array.isArray(read) ? (read as unknown[]) : []
  const isNumber = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0
  if (typeof epoch !== 'string' || !isNumber(since)) throw invalidToken()
  if (upTo === undefined) return { epoch, since }
  if (!isNumber(upTo) || !isNumber(revision) || typeof id !== 'string' || !uuid.test(id)) throw invalidToken()
  return { epoch, since, upTo, after: [revision, id] }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))
  } catch {
    return undefined
  }
}

const invalidToken = () =>
  new AppError(
    'conflict',
    'sync_token_invalid',
    'This sync token is not valid any more; forget what you have of the address book and start over without one.',
  )
