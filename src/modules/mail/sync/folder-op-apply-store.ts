import { sql } from 'kysely'
import type { Tx } from '#platform/database/database.ts'
import type { AccountKey } from './folder-store.ts'

/** What the server's answer to a change of a folder makes of the rows. */
export const folderOpApplyStore = {
  setCreated: (tx: Tx, { ownerId }: AccountKey, id: string, place: { path: string; name: string }) =>
    sql`update mail_folder set path = ${place.path}, name = ${place.name}, is_on_server = true
      where owner_id = ${ownerId} and id = ${id}`.execute(tx),

  /** A folder and all that lie in it: the server renamed them together (RFC 3501 §6.3.5). */
  rename: (tx: Tx, key: AccountKey, move: { from: string; to: string; name: string; delimiter: string | null }) =>
    sql`update mail_folder
      set path = ${move.to}::text || substr(path, length(${move.from}::text) + 1),
        name = case when path = ${move.from} then ${move.name} else name end
      where owner_id = ${key.ownerId} and mail_account_id = ${key.mailAccountId} and is_on_server
        and (path = ${move.from} or starts_with(path, ${move.from}::text || ${move.delimiter}::text))`.execute(tx),

  /** The deletion that `opId` asked for was refused: what it hid is shown again. */
  async unhide(tx: Tx, { ownerId }: AccountKey, id: string, opId: string): Promise<void> {
    await sql`update mail_folder set is_deleted = false where owner_id = ${ownerId} and id = ${id}`.execute(tx)
    await sql`update mail_location as location set gone_at = null from mail_folder_op as op
      where op.owner_id = ${ownerId} and op.id = ${opId} and location.owner_id = ${ownerId}
        and location.folder_id = ${id} and location.gone_at = op.created_at`.execute(tx)
  },

  setSubscribed: (tx: Tx, { ownerId }: AccountKey, id: string, isSubscribed: boolean) =>
    sql`update mail_folder set is_subscribed = ${isSubscribed}
      where owner_id = ${ownerId} and id = ${id}`.execute(tx),
}
