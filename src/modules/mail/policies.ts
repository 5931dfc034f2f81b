import type { Queryable } from '#platform/database/database.ts'
import type { Footers } from './outbox/footers.ts'

/** What administrators allow people in mail; whoever has none of it is allowed everything. */
export type MailPolicies = {
  /** @throws AppError `mail.host_not_allowed`. */
  requireHosts(db: Queryable, ownerId: string, hosts: readonly string[]): Promise<void>
  /** @throws AppError `mail.forwarding_not_allowed`. */
  requireForwarding(db: Queryable, ownerId: string, address: string): Promise<void>
  /** @throws AppError `mail.attachment_type_not_allowed`, `request_body_too_large`. */
  requireAttachment(
    db: Queryable,
    ownerId: string,
    file: { filename: string; sizeBytes: number | undefined },
  ): Promise<void>
  /** Bytes of messages, or of files to be attached, that they may keep; null for as many as they like. */
  quota(db: Queryable, ownerId: string, kind: 'mail' | 'attachments'): Promise<number | null>
  /** What is put below what they send. */
  footers(ownerId: string): Promise<Footers>
  /** What is deleted for good once it is that old, by the role of its folder or by a label. */
  retention(ownerId: string): Promise<readonly RetentionRule[]>
}

export type RetentionRule = { days: number } & ({ folder_role: string } | { label: string })
