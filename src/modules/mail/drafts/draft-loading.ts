import type { Database, Transact } from '#platform/database/database.ts'
import { AppError, notFound } from '#platform/errors.ts'
import { quotableHtml } from '../html/quotable-html.ts'
import type { CompositionAttachment } from '../outbox/composition.ts'
import type { MessageStore, StoredMessage } from '../reading/message-store.ts'
import type { MessageSource } from '../source/message-source.ts'
import { attachmentsOf, decodeText, type MessagePart, textPartsOf } from '../sync/body-parts.ts'
import type { MessageFiles } from '../uploads/message-files.ts'
import { previewOfBody } from './draft-content.ts'
import { type DraftRow, draftStore } from './draft-store.ts'

const patienceMs = 30_000

export type DraftLoading = ReturnType<typeof createDraftLoading>

/** Drafts that other mail programs wrote: their text and files stay on the server until somebody opens them here. */
export function createDraftLoading(deps: {
  database: Database
  transact: Transact
  messages: MessageStore
  source: MessageSource
  files: MessageFiles
}) {
  const { database, transact, messages, source, files } = deps

  async function bodiesOf(ownerId: string, message: StoredMessage) {
    const { text, html } = textPartsOf(message.parts)
    const parts = [text, html].filter((part) => part !== undefined)
    const signal = AbortSignal.timeout(patienceMs)
    const { texts: read } = await source.fetch(ownerId, message, { parts, headers: [], signal })
    // Half a text must not take the place of the whole.
    if (parts.some((part) => part.size > (read.get(part.part)?.length ?? 0))) throw tooLarge()
    const decoded = (part: MessagePart | undefined) => {
      const bytes = part && read.get(part.part)
      return part && bytes ? decodeText(bytes, part) : null
    }
    return { text: decoded(text), html: decoded(html) }
  }

  async function load(ownerId: string, draftId: string, messageId: string): Promise<void> {
    const message = await messages.find(ownerId, messageId)
    if (!message) throw gone()
    const { text, html } = await bodiesOf(ownerId, message)
    const clean = html === null ? undefined : quotableHtml(html, message.parts)
    const images = clean?.images ?? new Map()
    const signal = AbortSignal.timeout(10 * patienceMs)
    const parts = attachmentsOf(message.parts)
    // The draft has them already, however large they are.
    const attachments = await files.copy(ownerId, message, { parts, images, signal, isOwned: true })
    await transact((tx) => store(tx, ownerId, draftId, messageId, { text, html: clean?.html ?? null, attachments }))
  }

  return {
    /**
     * The draft with its text and files here, which are fetched now if another program wrote them.
     * @throws AppError `not_found`, `mail.message_gone`, `mail.draft_too_large`, `upstream_unavailable`,
     *   `upstream_timeout`.
     */
    async open(ownerId: string, id: string): Promise<DraftRow> {
      const row = await draftStore.find(database, ownerId, id)
      if (!row) throw notFound('draft')
      if (row.unread_message_id === null) return row
      await load(ownerId, id, row.unread_message_id)
      const loaded = await draftStore.find(database, ownerId, id)
      if (!loaded) throw notFound('draft')
      return loaded
    },
  }
}

/** It says what it said: its version, its copy and its time stay. */
async function store(
  tx: Parameters<Parameters<Transact>[0]>[0],
  ownerId: string,
  draftId: string,
  messageId: string,
  content: { text: string | null; html: string | null; attachments: CompositionAttachment[] },
): Promise<void> {
  const row = await draftStore.lock(tx, ownerId, draftId)
  if (row?.unread_message_id !== messageId) return
  const { text, html, attachments } = content
  await draftStore.update(tx, ownerId, {
    ...{ ...row, text_body: text, html_body: html, attachments, preview: previewOfBody(text, html) },
    ...{ unread_message_id: null, now: row.updated_at },
  })
}

const gone = () =>
  new AppError(
    'conflict',
    'mail.message_gone',
    'The mail server no longer has this draft where it was; another program changed or deleted it a moment ago.',
  )

const tooLarge = () =>
  new AppError(
    'unprocessable',
    'mail.draft_too_large',
    'The text of this draft is too large to be changed here; open it in the program that wrote it.',
  )
