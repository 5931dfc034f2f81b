import type { Database } from '#platform/database/database.ts'
import type { Json } from '#platform/database/generated.ts'
import { AppError, notFound } from '#platform/errors.ts'
import { decodeCursor, pageOfRows } from '#platform/http/cursor.ts'
import { etagMismatch } from '#platform/http/etag.ts'
import { newId } from '#platform/ids.ts'
import { preferenceStore as store } from './preference-store.ts'

const maxDocumentBytes = 64 * 1024
const maxKeys = 500
const maxDepth = 100

/** What a write says about the version that it replaces: headers as they came. */
export type Condition = { ifMatch?: string | undefined; ifNoneMatch?: string | undefined }

export type Preferences = ReturnType<typeof createPreferences>

/** Documents that front ends keep for a person: JSON that nobody here looks into. */
export function createPreferences({ database }: { database: Database }) {
  return {
    async list(ownerId: string, { limit, cursor }: { limit: number; cursor: string | undefined }) {
      const [after] = cursor === undefined ? [''] : decodeCursor(cursor, ['string'])
      const rows = await store.list(database, ownerId, limit + 1, after)
      const presented = ({ key, version, size_bytes, updated_at }: (typeof rows)[number]) => ({
        ...{ key, etag: etagOfVersion(version), size_bytes },
        updated_at: updated_at.toISOString(),
      })
      return pageOfRows(rows, limit, presented, ({ key }) => [key])
    },

    async view(ownerId: string, key: string): Promise<{ document: Json; etag: string }> {
      const found = await store.find(database, ownerId, key)
      if (!found) throw notFound('preference')
      return { document: found.document, etag: etagOfVersion(found.version) }
    },

    /** @throws AppError `etag_mismatch`, `request_body_too_large`, `account.too_many_preferences` */
    async put(
      ownerId: string,
      key: string,
      document: unknown,
      condition: Condition,
    ): Promise<{ etag: string; isNew: boolean }> {
      const preference = { key, text: textOf(document), version: newId() }
      const etag = etagOfVersion(preference.version)
      const versions = versionsOf(condition.ifMatch)
      if (condition.ifNoneMatch === undefined && (await store.update(database, ownerId, preference, versions)))
        return { etag, isNew: false }
      if (condition.ifMatch !== undefined) throw etagMismatch()
      if (await store.insert(database, ownerId, preference, maxKeys)) return { etag, isNew: true }
      if (!(await store.find(database, ownerId, key))) throw tooMany()
      if (condition.ifNoneMatch !== undefined) throw etagMismatch()
      // Somebody made it between the two statements: the later write wins, as it does for any other.
      await store.update(database, ownerId, preference, undefined)
      return { etag, isNew: false }
    },

    /** @throws AppError `not_found`, `etag_mismatch` */
    async remove(ownerId: string, key: string, condition: Condition): Promise<void> {
      if (await store.remove(database, ownerId, key, versionsOf(condition.ifMatch))) return
      if (await store.find(database, ownerId, key)) throw etagMismatch()
      throw notFound('preference')
    },
  }
}

const etagOfVersion = (version: string): string => `"${version}"`

/** The versions that If-Match names; undefined for any. What is no version of ours matches nothing. */
function versionsOf(ifMatch: string | undefined): string[] | undefined {
  if (ifMatch === undefined || ifMatch.trim() === '*') return undefined
  return ifMatch
    .split(',')
    .flatMap((tag) => /^\s*"([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})"\s*$/.exec(tag)?.[1] ?? [])
}

function textOf(document: unknown): string {
  if (document === undefined) throw invalid('send a JSON document')
  if (!isShallow(document)) throw invalid(`nests deeper than ${maxDepth} levels`)
  const text = JSON.stringify(document)
  if (Buffer.byteLength(text) <= maxDocumentBytes) return text
  throw new AppError('invalid', 'request_body_too_large', 'A preference is 64 KiB at most; keep less in it.')
}

/** PostgreSQL's parser and JSON.stringify both go down by recursion. */
function isShallow(document: unknown): boolean {
  let level = [document]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > maxDepth) return false
    level = level.flatMap((value) => (typeof value === 'object' && value !== null ? Object.values(value) : []))
  }
  return true
}

const invalid = (message: string) =>
  new AppError('invalid', 'invalid_request_body', `The request is not valid: body ${message}.`, {
    details: [{ path: 'body', message }],
  })

const tooMany = () =>
  new AppError('conflict', 'account.too_many_preferences', `You have ${maxKeys} preferences; delete some first.`)
