import { profileOf } from '#integrations/imap/provider-profiles.ts'
import type { Database } from '#platform/database/database.ts'
import type { Logger } from '#platform/observability/log.ts'
import type { MessageHeaders } from '../source/message-headers.ts'
import { attachmentsOf } from '../sync/body-parts.ts'
import { readableText } from '../sync/readable-text.ts'
import { authenticationOf } from '../view/authentication.ts'
import type { HeaderField } from '../view/header-fields.ts'
import { type FactsRow, factsStore } from './facts-store.ts'
import { languageOf } from './language.ts'
import type { MessageFacts, Needs } from './matching/message-facts.ts'

/** Who an owner knows, by whatever keeps contacts. */
export type ContactLookup = { isContact(ownerId: string, email: string): Promise<boolean> }

export type FactsDeps = {
  database: Database
  headers: Pick<MessageHeaders, 'fetch'>
  /** Without it, whoever the owner has written to counts as a contact. */
  contacts?: ContactLookup | undefined
  /** Whose Authentication-Results count beside those that providers are known for. */
  trustedAuthservIds: readonly string[]
  log: Logger
}

export type LoadOptions = {
  /** Whether a body that is not stored counts as empty, because it will not come; it is unknown otherwise. */
  isBodyFinal: boolean
  /** Whether mail servers may be asked. */
  mayFetch: boolean
}

export type LoadedFacts = { mailAccountId: string; facts: MessageFacts }

export type Facts = ReturnType<typeof createFacts>

/** Messages as rules see them. */
export function createFacts(deps: FactsDeps) {
  const { database } = deps

  /** Those that are kept, and the rest from their servers, which are kept from then on. */
  async function headersOf(ownerId: string, rows: readonly FactsRow[], mayFetch: boolean) {
    const known = new Map<string, HeaderField[]>()
    for (const { id, fields } of rows)
      if (fields)
        known.set(
          id,
          fields.map(([name, value]) => ({ name, value })),
        )
    const missing = rows.map(({ id }) => id).filter((id) => !known.has(id))
    if (!mayFetch || missing.length === 0) return known
    const places = await factsStore.places(database, ownerId, missing)
    for (const group of Object.values(Object.groupBy(places, ({ mailAccountId }) => mailAccountId))) {
      const [first] = group ?? []
      if (!group || !first) continue
      const fetched = await deps.headers.fetch(ownerId, first.mailAccountId, group)
      await factsStore.keepHeaders(database, ownerId, fetched)
      for (const [id, fields] of fetched) known.set(id, fields)
    }
    return known
  }

  const isContact = (ownerId: string, row: FactsRow): Promise<boolean> | boolean =>
    deps.contacts ? deps.contacts.isContact(ownerId, row.from_email.toLowerCase()) : row.is_correspondent

  function authenticated(row: FactsRow, fields: readonly HeaderField[] | undefined) {
    if (!fields) return undefined
    const trusted = [...profileOf(row.imap_host ?? '').authservIds, ...deps.trustedAuthservIds]
    const found = authenticationOf(fields, row.from_email, trusted)
    if (!found) return {}
    const [dkim] = found.dkim.toSorted((one, other) => Number(other.result === 'pass') - Number(one.result === 'pass'))
    return {
      verdict: found.verdict,
      ...(found.spf && { spf: found.spf.result }),
      ...(dkim && { dkim: dkim.result }),
      ...(found.dmarc && { dmarc: found.dmarc.result }),
    }
  }

  return {
    /**
     * What conditions with these needs ask for, by message; those that are gone are left out.
     * @throws AppError `upstream_unavailable`, `upstream_timeout` where a header has to be fetched.
     */
    async load(
      ownerId: string,
      messageIds: readonly string[],
      needs: Needs,
      { isBodyFinal, mayFetch }: LoadOptions,
    ): Promise<Map<string, LoadedFacts>> {
      const rows = await factsStore.find(database, ownerId, messageIds, needs)
      const headers = needs.headers ? await headersOf(ownerId, rows, mayFetch) : undefined
      const loaded = new Map<string, LoadedFacts>()
      for (const row of rows) {
        const body = needs.body ? bodyOf(row, isBodyFinal) : undefined
        const facts: MessageFacts = {
          ...envelopeOf(row),
          ...{ headers: headers?.get(row.id), body },
          authentication: needs.authentication ? authenticated(row, headers?.get(row.id)) : undefined,
          language: needs.language && body !== undefined ? await languageOf(body) : undefined,
          isContact: needs.contact ? await isContact(ownerId, row) : undefined,
          isNewSender: needs.newSender ? row.is_new_sender : undefined,
        }
        loaded.set(row.id, { mailAccountId: row.mail_account_id, facts })
      }
      return loaded
    },
  }
}

const envelopeOf = (row: FactsRow) => ({
  from: { name: row.from_name, email: row.from_email },
  to: row.recipients.to ?? [],
  cc: row.recipients.cc ?? [],
  bcc: row.recipients.bcc ?? [],
  subject: row.subject,
  sizeBytes: row.size_bytes,
  receivedAt: row.received_at,
  isReply: row.is_reply,
  attachments: attachmentsOf(row.parts).map(({ filename, type }) => ({ name: filename ?? '', type })),
})

function bodyOf(row: FactsRow, isFinal: boolean): string | undefined {
  const isStored = row.body_state === 'stored' || row.body_state === 'indexed'
  if (isStored) return readableText(row.text_body, row.html_body)
  return isFinal || row.body_state === 'failed' ? '' : undefined
}
