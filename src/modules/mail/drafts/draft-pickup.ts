import type { Tx } from '#platform/database/database.ts'
import { newId } from '#platform/ids.ts'
import type { MailEvent } from '../events.ts'
import { type IdentityRow, identityStore } from '../identities/identity-store.ts'
import { type AccountContext, announce } from '../sync/account-context.ts'
import type { Folder } from '../sync/folder-store.ts'
import { emptyContent } from './draft-content.ts'
import { draftCopyStore } from './draft-copy-store.ts'
import { type FoundDraft, type LostCopy, draftPickupStore as store } from './draft-pickup-store.ts'
import { etagOfDraft } from './draft-presentation.ts'
import { draftStore } from './draft-store.ts'

/** In one transaction. */
const perStep = 200
const maxIdentities = 200

/**
 * Learns from the Drafts folder, as it was just synced, what other mail programs did to drafts: wrote new ones, put
 * changed ones into the place of ours, deleted or sent them. A draft that was changed here meanwhile stays as it is
 * here, and what the other program wrote becomes one of its own.
 *
 * @returns whether to look again although nothing may happen to the folder: a copy is missing, and what another program
 *   put in its place may be seen later than its end.
 */
export async function pickUpDrafts(account: AccountContext, folder: Folder): Promise<boolean> {
  if (folder.uidvalidity === null || folder.uidnext === null || folder.backfillLow === null) return true
  if (await store.hasOldUids(account.database, account.key, folder)) {
    await account.commit((tx) => store.rebind(tx, account.key, folder))
  }
  const own = [...(await identityStore.addresses(account.database, account.key.ownerId))]
  for (;;) {
    const lost = await store.lost(account.database, account.key, folder, account.timings.graceMs)
    const found = await store.found(account.database, account.key, folder, own, perStep)
    if (lost.some((copy) => copy.is_gone) || found.length > 0) {
      await account.commit((tx) => apply(tx, account, folder, { lost, found }))
    }
    if (found.length < perStep) return lost.some((copy) => !copy.is_gone)
  }
}

async function apply(
  tx: Tx,
  account: AccountContext,
  folder: Folder,
  { lost, found }: { lost: readonly LostCopy[]; found: readonly FoundDraft[] },
): Promise<void> {
  const { ownerId, mailAccountId } = account.key
  const page = { mailAccountId, after: undefined, limit: maxIdentities }
  const identities = await identityStore.list(tx, ownerId, page)
  const events: MailEvent[] = []
  const taken = new Set<FoundDraft>()
  for (const copy of lost) {
    const successor = found.findLast((one) => isSuccessor(one, copy) && !taken.has(one))
    const event =
      successor || copy.is_gone ? await lose(tx, account, folder, { copy, successor, identities }) : undefined
    if (!event) continue
    for (const version of found) if (isSuccessor(version, copy)) taken.add(version)
    events.push(event)
  }
  for (const draft of found) {
    if (!taken.has(draft)) events.push(await adopt(tx, account, folder, { draft, identities }))
  }
  await announce(account, tx, events)
}

/** Many programs keep the Message-ID when they store another version of a draft. */
const isSuccessor = (found: FoundDraft, { message_id_header }: LostCopy) =>
  message_id_header !== null && found.message_id_header === message_id_header

/** Undefined when the draft was changed here meanwhile: its copy is made anew. */
async function lose(
  tx: Tx,
  { key }: AccountContext,
  folder: Folder,
  { copy, successor, identities }: { copy: LostCopy; successor: FoundDraft | undefined; identities: IdentityRow[] },
): Promise<MailEvent | undefined> {
  const { ownerId, mailAccountId } = key
  const copyKey = { ownerId, mailAccountId, draftId: copy.draft_id }
  const draft = await draftStore.lock(tx, ownerId, copy.draft_id)
  const now = await draftCopyStore.lock(tx, copyKey)
  if (!now || now.wanted_revision === null || now.wanted_revision !== now.stored_revision) return undefined
  if (!draft || !successor) {
    if (draft) await draftStore.delete(tx, ownerId, copy.draft_id)
    await draftCopyStore.delete(tx, copyKey)
    return { type: 'mail.draft_deleted', data: { mail_account_id: mailAccountId, draft_id: copy.draft_id } }
  }
  const revision = newId()
  const identityId = identityOf(successor, identities)?.id ?? draft.identity_id
  await store.takeOver(tx, ownerId, { id: draft.id, revision, identityId, found: successor })
  await draftCopyStore.delete(tx, copyKey)
  await draftCopyStore.insertFound(tx, copyKey, { ...placeOf(folder, successor), revision })
  return changed('mail.draft_updated', mailAccountId, draft.id, revision)
}

async function adopt(
  tx: Tx,
  { key }: AccountContext,
  folder: Folder,
  { draft, identities }: { draft: FoundDraft; identities: IdentityRow[] },
): Promise<MailEvent> {
  const { ownerId, mailAccountId } = key
  const [id, revision] = [newId(), newId()]
  const identity = identityOf(draft, identities)
  await draftStore.insert(tx, ownerId, {
    ...emptyContent({ id: identity?.id ?? null, mail_account_id: mailAccountId }),
    ...{ id, revision, now: new Date(draft.received_at) },
    to_recipients: draft.recipients.to ?? [],
    cc_recipients: draft.recipients.cc ?? [],
    bcc_recipients: draft.recipients.bcc ?? [],
    subject: draft.subject,
    preview: draft.preview,
    in_reply_to: draft.in_reply_to,
    reference_headers: draft.reference_headers,
    unread_message_id: draft.message_id,
  })
  await draftCopyStore.insertFound(tx, { ownerId, mailAccountId, draftId: id }, { ...placeOf(folder, draft), revision })
  return changed('mail.draft_created', mailAccountId, id, revision)
}

const placeOf = (folder: Folder, { uid, message_id_header: header }: FoundDraft) => ({
  ...{ folderId: folder.id, uidvalidity: folder.uidvalidity ?? 0, uid, header },
})

const identityOf = ({ from_email }: FoundDraft, identities: readonly IdentityRow[]) =>
  identities.find(({ email }) => email.toLowerCase() === from_email.toLowerCase())

const changed = (
  type: 'mail.draft_created' | 'mail.draft_updated',
  mailAccountId: string,
  draftId: string,
  revision: string,
): MailEvent => ({
  type,
  data: { mail_account_id: mailAccountId, draft_id: draftId, etag: etagOfDraft({ revision }) },
})
