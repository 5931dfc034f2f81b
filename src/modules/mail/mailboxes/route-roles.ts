import type { Role } from './roles.ts'

/** `own`: about the person who asks, whatever mailbox is named. */
export type RouteRole = Role | 'own'

/** Which role each route takes, by method and address below `/api/v1/mail`. */
const routesOf: Readonly<Record<RouteRole, readonly string[]>> = {
  own: [
    'POST /accounts',
    'POST /accounts/discovery',
    'POST /oauth/authorizations',
    'GET /oauth/callback',
    'GET /images/:token',
  ],
  read: [
    'GET /accounts',
    'GET /accounts/:mail_account_id',
    'POST /accounts/:mail_account_id/sync',
    'GET /folders',
    'GET /messages',
    'GET /threads',
    'GET /threads/:thread_id',
    'GET /messages/:message_id',
    'GET /messages/:message_id/raw',
    'GET /messages/:message_id/attachments.zip',
    'GET /messages/:message_id/attachments/:attachment_id',
    'GET /messages/:message_id/attachments/:attachment_id/message',
    'PUT /folders/:folder_id/read',
    'GET /bulk-acts/:bulk_act_id',
    'GET /pins',
    'GET /act-preferences',
    'GET /muted-threads',
    'GET /labels',
    'GET /labels/:label_id',
    'GET /drafts',
    'GET /drafts/:draft_id',
    'GET /outbox',
    'GET /outbox/:outbox_id',
    'GET /outbox/preferences',
    'GET /identities',
    'GET /identities/:identity_id',
    'GET /templates',
    'GET /templates/:template_id',
  ],
  send: [
    'DELETE /messages/:message_id',
    'PUT /messages/:message_id/snooze',
    'DELETE /messages/:message_id/snooze',
    'POST /messages/:message_id/unsubscription',
    'DELETE /folders/:folder_id/messages',
    'POST /undo',
    'PUT /threads/:thread_id/mute',
    'DELETE /threads/:thread_id/mute',
    'POST /labels',
    'POST /templates/:template_id/filled',
    'POST /drafts',
    'PATCH /drafts/:draft_id',
    'DELETE /drafts/:draft_id',
    'POST /drafts/:draft_id/send',
    'POST /messages',
    'POST /messages/:message_id/reply',
    'POST /messages/:message_id/reply-all',
    'POST /messages/:message_id/forward',
    'POST /uploads',
    'POST /uploads/content',
    'POST /uploads/copies',
    'GET /uploads/:upload_id',
    'DELETE /uploads/:upload_id',
    'PUT /uploads/:upload_id/content',
    'GET /uploads/:upload_id/content',
    'PATCH /outbox/:outbox_id',
    'DELETE /outbox/:outbox_id',
    'POST /outbox/:outbox_id/retry',
    'POST /outbox/:outbox_id/resolution',
  ],
  manage: [
    'PATCH /accounts/:mail_account_id',
    'PUT /accounts/:mail_account_id/pause',
    'DELETE /accounts/:mail_account_id/pause',
    'GET /accounts/:mail_account_id/grants',
    'PUT /accounts/:mail_account_id/grants',
    'DELETE /accounts/:mail_account_id/grants/:grant_id',
    'GET /accounts/:mail_account_id/export.zip',
    'GET /folders/:folder_id/export.mbox',
    'GET /accounts/:mail_account_id/vacation',
    'PUT /accounts/:mail_account_id/vacation',
    'POST /folders',
    'PATCH /folders/:folder_id',
    'DELETE /folders/:folder_id',
    'POST /imports',
    'GET /imports',
    'GET /imports/:import_id',
    'PUT /imports/:import_id/content',
    'POST /imports/:import_id/cancellation',
    'POST /imports/:import_id/resumption',
    'PUT /act-preferences',
    'PUT /outbox/preferences',
    'GET /blocked-senders',
    'POST /blocked-senders',
    'DELETE /blocked-senders/:blocked_sender_id',
    'PATCH /labels/:label_id',
    'DELETE /labels/:label_id',
    'POST /identities',
    'PATCH /identities/:identity_id',
    'DELETE /identities/:identity_id',
    'POST /templates',
    'PATCH /templates/:template_id',
    'DELETE /templates/:template_id',
  ],
  owner: ['DELETE /accounts/:mail_account_id'],
}

/** All that begins so is for those who manage. */
const managed = /^[A-Z]+ \/(rules|forward-targets|webhooks|deliveries)(\/|$)/

const known = new Map(
  Object.entries(routesOf).flatMap(([role, routes]) => routes.map((route) => [route, role as RouteRole] as const)),
)

/** Flags are for whoever reads; `undefined` of a change leaves what it names as it is. */
const flagActs = ['read', 'unread', 'star', 'unstar']
const flags = ['is_read', 'is_starred']

/**
 * The role that a request takes. `route` is its method and address below `/api/v1/mail`; undefined for one that this
 * table does not know, which nobody but its owner may then use.
 */
export function roleOf(route: string, body: unknown): RouteRole | undefined {
  const given = (body ?? {}) as { [key: string]: unknown }
  if (route === 'POST /acts') return flagActs.includes(String(given.action)) ? 'read' : 'send'
  if (route === 'PATCH /messages/:message_id') {
    return Object.keys(given).every((name) => flags.includes(name)) ? 'read' : 'send'
  }
  return known.get(route) ?? (managed.test(route) ? 'manage' : undefined)
}
