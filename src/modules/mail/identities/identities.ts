import type { Database, Transact, Tx } from '#platform/database/database.ts'
import { AppError, notFound } from '#platform/errors.ts'
import { decodeCursor, pageOfRows } from '#platform/http/cursor.ts'
import { etagMismatch, etagOf, isMatch } from '#platform/http/etag.ts'
import { type Answer, once } from '#platform/http/idempotency.ts'
import { newId } from '#platform/ids.ts'
import { parseAddress } from '../outbox/address.ts'
import { oneLine } from '../outbox/compose.ts'
import { textOfHtml } from '../outbox/text-of-html.ts'
import { type IdentityContent, type IdentityRow, identityStore as store } from './identity-store.ts'
import { type Identity, type IdentityChangeBody, identityOf, type NewIdentityBody } from './identity-wire.ts'

export type Identities = ReturnType<typeof createIdentities>

/** As whom an owner writes. Every account has at least one identity, and one that is its default. */
export function createIdentities({ database, transact }: { database: Database; transact: Transact }) {
  async function shown(tx: Tx, ownerId: string, id: string): Promise<Identity> {
    const row = await store.find(tx, ownerId, id)
    if (!row) throw notFound('identity')
    return identityOf(row)
  }

  async function locked(tx: Tx, ownerId: string, id: string, ifMatch: string | undefined): Promise<IdentityRow> {
    const before = await store.find(tx, ownerId, id)
    if (!before || !(await store.lockAccount(tx, ownerId, before.mail_account_id))) throw notFound('identity')
    const row = await store.find(tx, ownerId, id)
    if (!row) throw notFound('identity')
    if (!isMatch(ifMatch, etagOf(identityOf(row)))) throw etagMismatch()
    return row
  }

  return {
    /** @throws AppError `not_found`, `invalid_request_body` for an address that is none, `idempotency_key_reused`. */
    create(ownerId: string, body: NewIdentityBody, idempotencyKey?: string): Promise<Answer<Identity>> {
      const content = contentAfter(empty, body)
      const request = { ownerId, scope: 'mail.identities', key: idempotencyKey, body }
      return transact((tx) =>
        once(tx, request, async () => {
          const { mail_account_id, is_default } = body
          if (!(await store.lockAccount(tx, ownerId, mail_account_id))) throw notFound('mail account')
          const id = newId()
          await store.insert(tx, ownerId, { ...content, id, mail_account_id })
          if (is_default) await store.makeDefault(tx, ownerId, { id, mail_account_id })
          return { status: 201, body: await shown(tx, ownerId, id) }
        }),
      )
    },

    /** @throws AppError `not_found` for an account that is not the owner's. */
    async list(
      ownerId: string,
      page: { mailAccountId: string | undefined; cursor: string | undefined; limit: number },
    ): Promise<{ items: Identity[]; next_cursor: string | null }> {
      const { mailAccountId, cursor, limit } = page
      if (mailAccountId && !(await store.ofAccount(database, ownerId, mailAccountId, null)))
        throw notFound('mail account')
      const [after] = cursor === undefined ? [] : decodeCursor(cursor, ['uuid'])
      const rows = await store.list(database, ownerId, { mailAccountId, after, limit: limit + 1 })
      return pageOfRows(rows, limit, identityOf)
    },

    /** @throws AppError `not_found`. */
    async view(ownerId: string, id: string): Promise<Identity> {
      const row = await store.find(database, ownerId, id)
      if (!row) throw notFound('identity')
      return identityOf(row)
    },

    /** @throws AppError `not_found`, `etag_mismatch`, `invalid_request_body`. */
    change(ownerId: string, id: string, body: IdentityChangeBody, ifMatch: string | undefined): Promise<Identity> {
      return transact(async (tx) => {
        const row = await locked(tx, ownerId, id, ifMatch)
        await store.update(tx, ownerId, id, contentAfter(row, body))
        if (body.is_default) await store.makeDefault(tx, ownerId, row)
        return shown(tx, ownerId, id)
      })
    },

    /**
     * The default of the account passes to the oldest of those left; drafts under a deleted one are under that.
     * @throws AppError `not_found`, `etag_mismatch`, `mail.identity_needed` for the last one of an account.
     */
    delete(ownerId: string, id: string, ifMatch: string | undefined): Promise<void> {
      return transact(async (tx) => {
        const row = await locked(tx, ownerId, id, ifMatch)
        await store.delete(tx, ownerId, id)
        const next = await store.ofAccount(tx, ownerId, row.mail_account_id, null)
        if (!next) throw identityNeeded()
        if (!next.is_default) await store.makeDefault(tx, ownerId, next)
      })
    },
  }
}

const empty: IdentityContent = { name: '', email: '', reply_to: [], signature_text: '', signature_html: '' }

function contentAfter(before: IdentityContent, body: Partial<IdentityChangeBody>): IdentityContent {
  const { name, email, reply_to, signature_html, signature_text } = body
  const replyTo = reply_to?.map((one, index) => ({
    name: oneLine(one.name ?? ''),
    email: addressOf(one.email, `body.reply_to.${index}.email`),
  }))
  const text = signature_text ?? (signature_html === undefined ? before.signature_text : textOfHtml(signature_html))
  return {
    name: name === undefined ? before.name : oneLine(name),
    email: email === undefined ? before.email : addressOf(email, 'body.email'),
    reply_to: replyTo ?? before.reply_to,
    signature_text: text.trim(),
    signature_html: (signature_html ?? before.signature_html).trim(),
  }
}

function addressOf(email: string, path: string): string {
  const address = parseAddress(email)
  if (address) return address.email
  throw new AppError(
    'invalid',
    'invalid_request_body',
    `The request is not valid: ${path} must be an e-mail address.`,
    {
      details: [{ path, message: 'must be an e-mail address' }],
    },
  )
}

const identityNeeded = () =>
  new AppError(
    'conflict',
    'mail.identity_needed',
    'An account needs an identity to send from; make another one first, or change this one.',
  )
