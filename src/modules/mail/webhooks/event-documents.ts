import { Type } from 'typebox'
import type { EventDocument } from '#platform/webhooks/catalog.ts'
import type { MailEvent } from '../events.ts'
import { Address } from '../reading/wire.ts'

type DataOf<Name, Event = MailEvent> = Event extends { type: infer Names; data: infer Data }
  ? Name extends Names
    ? Data
    : never
  : never

/** Every event of mail has its place here: an event without one does not compile. */
type Documents = { readonly [Name in MailEvent['type']]: EventDocument & { example: DataOf<Name> } }

const Id = Type.String({ format: 'uuid' })
const mailAccount = { mail_account_id: Id }
const message = { ...mailAccount, message_id: Id }
const folder = { ...mailAccount, folder_id: Id }

const mail_account_id = '019a4e2c-7f00-7000-8000-000000000001'
const folder_id = '019a4e2c-7f00-7000-8000-000000000002'
const message_id = '019a4e2c-7f00-7000-8000-000000000003'
const thread_id = '019a4e2c-7f00-7000-8000-000000000004'
const archive_id = '019a4e2c-7f00-7000-8000-000000000005'
const draft_id = '019a4e2c-7f00-7000-8000-000000000006'
const outbox_id = '019a4e2c-7f00-7000-8000-000000000007'
const bulk_act_id = '019a4e2c-7f00-7000-8000-000000000009'
const copy_id = '019a4e2c-7f00-7000-8000-000000000008'

const ofAccount = { data: Type.Object(mailAccount), example: { mail_account_id } }
const ofFolder = { data: Type.Object(folder), example: { mail_account_id, folder_id } }
const ofDraft = {
  data: Type.Object({ ...mailAccount, draft_id: Id, etag: Type.String() }),
  example: { mail_account_id, draft_id, etag: '"1"' },
}
const sentBy = Type.Optional({ ...Id, description: 'The person who sent it in a mailbox of several people.' })
const ofOutbox = {
  data: Type.Object({ ...mailAccount, outbox_id: Id, message_id_header: Type.String(), sent_by: sentBy }),
  example: { mail_account_id, outbox_id, message_id_header: '<4f1e@example.org>' },
}
const ofLabel = { data: Type.Object({ label_id: Id }), example: { label_id: '019a4e2c-7f00-7000-8000-00000000000a' } }
const ofThread = { data: Type.Object({ thread_id: Id }), example: { thread_id } }
const blocked_sender_id = '019a4e2c-7f00-7000-8000-00000000000b'
const ofSender = { data: Type.Object({ blocked_sender_id: Id }), example: { blocked_sender_id } }
const refusal = 'UID MOVE failed: over quota'

const rule = { ...message, rule_id: Id }
const rule_id = '019a4e2c-7f00-7000-8000-000000000008'
const webhook_id = '019a4e2c-7f00-7000-8000-000000000009'

export const eventDocuments: Documents = {
  'mail.account_created': { summary: 'A mailbox was connected', ...ofAccount },
  'mail.access_changed': { summary: 'Who may do what in a mailbox of several people changed', ...ofAccount },
  'mail.account_updated': {
    summary: 'The state or the settings of a mailbox changed',
    data: Type.Object({ ...mailAccount, state: Type.String(), error_code: Type.Union([Type.String(), Type.Null()]) }),
    example: { mail_account_id, state: 'synced', error_code: null },
  },
  'mail.account_deleted': { summary: 'A mailbox was disconnected', ...ofAccount },
  'mail.account_sync_progressed': {
    summary: 'The first sync of a mailbox got further; at most once a second',
    data: Type.Object({ ...mailAccount, messages_done: Type.Integer(), messages_total: Type.Integer() }),
    example: { mail_account_id, messages_done: 1500, messages_total: 20_000 },
  },
  'mail.folder_created': { summary: 'A folder was created', ...ofFolder },
  'mail.folder_updated': { summary: 'A folder was renamed, moved or got another role', ...ofFolder },
  'mail.folder_deleted': { summary: 'A folder was deleted', ...ofFolder },
  'mail.folder_reset': {
    summary: 'The mail server numbered a folder anew: read its list again, no events tell of each message',
    ...ofFolder,
  },
  'mail.folder_change_refused': {
    summary: 'The mail server refused a change of a folder; another event told what it is now',
    data: Type.Object({ ...folder, reason: Type.String() }),
    example: { mail_account_id, folder_id, reason: refusal },
  },
  'mail.message_created': {
    summary: 'A message arrived; not told of what was found in an old mailbox',
    data: Type.Object({
      ...{ ...folder, message_id: Id, thread_id: Id, subject: Type.String(), from: Address },
      received_at: Type.String({ format: 'date-time' }),
    }),
    example: {
      ...{ mail_account_id, folder_id, message_id, thread_id, subject: 'Minutes of Tuesday' },
      from: { name: 'Ann Author', email: 'ann@example.org' },
      received_at: '2026-05-23T09:00:00.000Z',
    },
  },
  'mail.message_updated': {
    summary: 'A message was read, starred, labelled, pinned, or the like',
    data: Type.Object({
      ...{ ...message, is_read: Type.Boolean(), is_starred: Type.Boolean() },
      label_ids: Type.Optional(Type.Array(Id, { description: 'All that it has now, when they changed.' })),
      is_pinned: Type.Optional(Type.Boolean({ description: 'When it changed.' })),
    }),
    example: { mail_account_id, message_id, is_read: true, is_starred: false },
  },
  'mail.message_moved': {
    summary: 'A message was moved to another folder',
    data: Type.Object({ ...message, from_folder_id: Id, folder_id: Id }),
    example: { mail_account_id, message_id, from_folder_id: folder_id, folder_id: archive_id },
  },
  'mail.message_deleted': {
    summary: 'A message was deleted',
    data: Type.Object({ ...message, folder_id: Id }),
    example: { mail_account_id, message_id, folder_id },
  },
  'mail.message_restored': {
    summary: 'A deletion of a message was taken back',
    data: Type.Object({ ...message, folder_id: Id }),
    example: { mail_account_id, message_id, folder_id },
  },
  'mail.message_copied': {
    summary: 'A message was copied, or taken into another mailbox, where it has another id',
    data: Type.Object({ ...message, copy_id: Id, copy_account_id: Id, folder_id: Id }),
    example: { mail_account_id, message_id, copy_id, copy_account_id: mail_account_id, folder_id: archive_id },
  },
  'mail.message_snooze_ended': {
    summary: 'A snoozed message came back to its inbox',
    data: Type.Object({ ...message, folder_id: Id }),
    example: { mail_account_id, message_id, folder_id },
  },
  'mail.message_change_refused': {
    summary: 'The mail server refused a change of a message, which was taken back',
    data: Type.Object({ ...message, reason: Type.String() }),
    example: { mail_account_id, message_id, reason: refusal },
  },
  'mail.thread_muted': { summary: 'A conversation was muted', ...ofThread },
  'mail.thread_unmuted': { summary: 'A conversation is not muted any more', ...ofThread },
  'mail.sender_blocked': { summary: 'A sender was blocked', ...ofSender },
  'mail.sender_unblocked': { summary: 'A sender is not blocked any more', ...ofSender },
  'mail.label_created': { summary: 'A label was made', ...ofLabel },
  'mail.label_updated': { summary: 'A label got another name or colour', ...ofLabel },
  'mail.label_deleted': { summary: 'A label was deleted; its messages stay', ...ofLabel },
  'mail.bulk_act_updated': {
    summary: 'Work on very many messages got further; no events tell of the messages',
    data: Type.Object({
      ...{ bulk_act_id: Id, kind: Type.String(), state: Type.String() },
      ...{ done_count: Type.Integer(), total_count: Type.Integer() },
    }),
    example: { bulk_act_id, kind: 'empty_folder', state: 'running', done_count: 1000, total_count: 20_000 },
  },
  'mail.thread_merged': {
    summary: 'A message came that joins conversations; the ids of those merged are gone',
    data: Type.Object({
      ...mailAccount,
      merges: Type.Array(Type.Object({ thread_id: Id, merged_thread_ids: Type.Array(Id) })),
    }),
    example: { mail_account_id, merges: [{ thread_id, merged_thread_ids: [message_id] }] },
  },
  'mail.draft_created': { summary: 'A draft was begun', ...ofDraft },
  'mail.draft_updated': { summary: 'A draft was changed', ...ofDraft },
  'mail.draft_deleted': {
    summary: 'A draft was deleted, or sent',
    data: Type.Object({ ...mailAccount, draft_id: Id }),
    example: { mail_account_id, draft_id },
  },
  'mail.upload_progressed': {
    summary: 'A file to be attached goes on coming; told at most once a second',
    data: Type.Object({
      upload_id: Id,
      received_bytes: Type.Integer(),
      size_bytes: Type.Union([Type.Integer(), Type.Null()], { description: 'Null when it was not announced.' }),
    }),
    example: { upload_id: '019a4e2c-7f00-7000-8000-000000000008', received_bytes: 1_048_576, size_bytes: 4_194_304 },
  },
  'mail.outbox_updated': {
    summary: 'A message came into the outbox, or its owner changed, retried or resolved it',
    data: Type.Object({ ...mailAccount, outbox_id: Id, state: Type.String() }),
    example: { mail_account_id, outbox_id, state: 'held' },
  },
  'mail.outbox_deleted': {
    summary: 'A message of the outbox was taken back before it left',
    data: Type.Object({ ...mailAccount, outbox_id: Id }),
    example: { mail_account_id, outbox_id },
  },
  'mail.message_bounced': {
    summary: 'A server that had taken a message reports that it could not deliver it',
    data: Type.Object({
      ...{ ...mailAccount, outbox_id: Id, message_id_header: Type.String() },
      message_id: Type.String({ format: 'uuid', description: 'The report.' }),
      recipients: Type.Array(
        Type.Object({
          email: Type.String(),
          status: Type.Union([Type.String(), Type.Null()], { description: 'RFC 3463.' }),
          reason: Type.Union([Type.String(), Type.Null()]),
        }),
      ),
    }),
    example: {
      ...{ mail_account_id, outbox_id, message_id_header: '<4f1e@example.org>', message_id },
      recipients: [{ email: 'gone@example.org', status: '5.1.1', reason: '550 5.1.1 no such user' }],
    },
  },
  'mail.vacation_updated': {
    summary: 'What is answered while somebody is away was changed, or turned on or off',
    data: Type.Object({ ...mailAccount, is_enabled: Type.Boolean() }),
    example: { mail_account_id, is_enabled: true },
  },
  'mail.follow_up_due': { summary: 'Nobody has answered a message, and it is time to be reminded', ...ofOutbox },
  'mail.message_sent': { summary: 'The mail server took a message for at least one recipient', ...ofOutbox },
  'mail.message_send_failed': { summary: 'The mail server took a message for no recipient', ...ofOutbox },
  'mail.message_send_unknown': {
    summary:
      'The connection was lost before the mail server told whether it took a message; it is not sent again by itself',
    ...ofOutbox,
  },
  'mail.rule_executed': {
    summary: 'A rule was run on a message',
    data: Type.Object({
      ...rule,
      rule_version: Type.Integer(),
      outcome: Type.String({ enum: ['done', 'failed'], description: '`failed`: at least one action was refused.' }),
    }),
    example: { mail_account_id, message_id, rule_id, rule_version: 1, outcome: 'done' },
  },
  'mail.rule_notified': {
    summary: 'A rule has something to tell you',
    data: Type.Object({ ...rule, text: Type.String() }),
    example: { mail_account_id, message_id, rule_id, text: 'The invoice has come' },
  },
  'mail.rule_webhook_called': {
    summary: 'A rule calls this webhook, whatever types of events it asks for',
    data: Type.Object({ ...rule, webhook_id: Id }),
    example: { mail_account_id, message_id, rule_id, webhook_id },
    isAddressed: true,
  },
  'mail.import_updated': {
    summary: 'A file of messages is imported: at its turns, and every few seconds between them',
    data: Type.Object({
      ...{ ...folder, import_id: Id, state: Type.String() },
      ...{ read_bytes: Type.Integer(), size_bytes: Type.Union([Type.Integer(), Type.Null()]) },
      ...{ imported_count: Type.Integer(), skipped_count: Type.Integer(), failed_count: Type.Integer() },
    }),
    example: {
      ...{ mail_account_id, folder_id, import_id: '019a4e2c-7f00-7000-8000-00000000000c', state: 'running' },
      ...{ read_bytes: 4_194_304, size_bytes: 9_000_000, imported_count: 80, skipped_count: 3, failed_count: 0 },
    },
  },
}
