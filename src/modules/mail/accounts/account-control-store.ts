import { sql } from 'kysely'
import type { Tx } from '#platform/database/database.ts'
import { type AccountRow, accountColumns, type Endpoint } from './account-store.ts'

/** A server's new settings with the sealed password that belongs to them. */
export type SealedServer = { endpoint: Endpoint; secret: string }

export type AccountEdit = { name?: string; imap?: SealedServer; smtp?: SealedServer }

export const accountControlStore = {
  /**
   * Takes the account away from the node that syncs it: its running commit is waited for, every later one fails, and
   * any node may claim it at once. The first statement of a transaction, as the order of locks has it.
   */
  fence: (tx: Tx, ownerId: string, id: string) =>
    sql`update mail_lease set epoch = epoch + 1, node_id = null, expires_at = '-infinity'
      where owner_id = ${ownerId} and mail_account_id = ${id}`.execute(tx),

  /** What is left out stays. New settings of IMAP are a new start: faults and throttling belonged to the old ones. */
  async update(tx: Tx, ownerId: string, id: string, edit: AccountEdit): Promise<AccountRow | undefined> {
    const isNewStart = edit.imap !== undefined
    const json = (server: SealedServer | undefined) => (server ? JSON.stringify(server.endpoint) : null)
    const { rows } = await sql<AccountRow>`
      update mail_account set updated_at = now(), name = coalesce(${edit.name ?? null}, name),
        imap = coalesce(${json(edit.imap)}::jsonb, imap), imap_secret = coalesce(${edit.imap?.secret ?? null}, imap_secret),
        smtp = coalesce(${json(edit.smtp)}::jsonb, smtp), smtp_secret = coalesce(${edit.smtp?.secret ?? null}, smtp_secret),
        state = case when ${isNewStart} and state in ('error', 'needs_reauthentication') then 'connecting' else state end,
        error_code = case when ${isNewStart} then null else error_code end,
        error_message = case when ${isNewStart} then null else error_message end,
        throttled_until = case when ${isNewStart} then null else throttled_until end
      where owner_id = ${ownerId} and id = ${id}
      returning ${accountColumns}`.execute(tx)
    return rows[0]
  },

  /**
   * The UIDs that are stored belong to another mailbox, which may well use the same UIDVALIDITY: moved where no server
   * can have one (RFC 3501 §2.3.1.1: 32 bits), so that sync finds every message again by its identity.
   */
  async detachFromServer(tx: Tx, ownerId: string, id: string): Promise<void> {
    // Drawn anew each time: what an unfinished earlier change left there must not get in the way.
    const distance = 2 ** 32 * (1 + Math.floor(Math.random() * 2 ** 16))
    await sql`update mail_folder set uidvalidity = uidvalidity - ${distance}, server_mailbox_id = null
      where owner_id = ${ownerId} and mail_account_id = ${id} and uidvalidity > 0`.execute(tx)
    await sql`update mail_location set uidvalidity = uidvalidity - ${distance}
      where owner_id = ${ownerId} and mail_account_id = ${id} and uidvalidity > 0`.execute(tx)
  },

  /** Undefined when it is paused already or there is no such account. */
  async pause(tx: Tx, ownerId: string, id: string): Promise<AccountRow | undefined> {
    const { rows } = await sql<AccountRow>`
      update mail_account set state = 'paused', error_code = null, error_message = null, updated_at = now()
      where owner_id = ${ownerId} and id = ${id} and state <> 'paused'
      returning ${accountColumns}`.execute(tx)
    return rows[0]
  },

  /** Undefined when it is not paused or there is no such account. */
  async resume(tx: Tx, ownerId: string, id: string): Promise<AccountRow | undefined> {
    const { rows } = await sql<AccountRow>`
      update mail_account set state = 'connecting', updated_at = now()
      where owner_id = ${ownerId} and id = ${id} and state = 'paused'
      returning ${accountColumns}`.execute(tx)
    return rows[0]
  },
}
