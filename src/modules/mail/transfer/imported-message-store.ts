import { sql } from 'kysely'
import type { Queryable, Tx } from '#platform/database/database.ts'
import type { ImportRef } from './import-store.ts'

/** A message that may be put into a folder, by what tells it from others. */
export type Candidate = { hash: Buffer; position: number; messageIdHeader: string | null; sizeBytes: number }

/** What is to be done with a candidate: put into the folder, passed over, or counted, because it was put there before. */
export type Verdict = 'new' | 'held' | 'mine'

/** A message that was being put into a folder when whoever did that died. */
export type OpenMessage = {
  hash: Buffer
  message_id_header: string | null
  size_bytes: number
  uidvalidity: number
  uidnext: number
}

export type Target = { ownerId: string; mailAccountId: string; folderId: string; uidvalidity: number; uidnext: number }

export const importedMessageStore = {
  /**
   * Notes which candidates are about to be put into the folder, and says of each what it is, in their order. A folder
   * holds a message that was put there before, as long as it is still there (or the sync has not come to it), and one
   * of the same Message-ID and size.
   */
  async note(tx: Tx, { id }: ImportRef, target: Target, candidates: readonly Candidate[]): Promise<Verdict[]> {
    const { rows } = await sql<{ place: number; verdict: Verdict }>`
      with candidate as materialized (
        select decode(hash, 'base64') as hash, position, message_id_header, size_bytes, place
        from jsonb_to_recordset(${JSON.stringify(candidates.map(recordOf))}::jsonb)
          as candidate (hash text, position bigint, message_id_header text, size_bytes bigint, place int)
      ), known as (
        select candidate.place, before.import_id = ${id} and before.position = candidate.position as is_mine,
          before.import_id <> ${id} and before.state = 'appending' and exists (select from mail_import as other
            where other.owner_id = ${target.ownerId} and other.id = before.import_id
              and other.state in ('queued', 'running')) as is_underway,
          case
            when before.content_hash is null then false
            when before.import_id = ${id} then true
            when before.state = 'appending' then false
            when before.uidvalidity <> ${target.uidvalidity} then false
            when before.uid is null then before.created_at > now() - interval '1 hour'
            when before.uid >= coalesce(folder.uidnext, 0) then true
            else exists (select from mail_location as place where place.owner_id = ${target.ownerId}
              and place.folder_id = ${target.folderId} and place.uidvalidity = before.uidvalidity
              and place.uid = before.uid and place.gone_at is null)
          end as is_there,
          exists (
            select from mail_message as message
            join mail_location as place on place.owner_id = ${target.ownerId} and place.message_id = message.id
              and place.folder_id = ${target.folderId} and place.gone_at is null
            where message.owner_id = ${target.ownerId} and message.mail_account_id = ${target.mailAccountId}
              and message.message_id_header = candidate.message_id_header and message.size_bytes = candidate.size_bytes
          ) as is_alike
        from candidate
        left join mail_imported_message as before on before.owner_id = ${target.ownerId}
          and before.folder_id = ${target.folderId} and before.content_hash = candidate.hash
        left join mail_folder as folder on folder.owner_id = ${target.ownerId} and folder.id = ${target.folderId}
      ), judged as (
        select place, case
          when is_mine then 'mine'
          when is_there or is_underway or is_alike then 'held'
          else 'new' end as verdict
        from known
      ), noted as (
        insert into mail_imported_message as before (owner_id, folder_id, content_hash, import_id, position,
          message_id_header, size_bytes, uidvalidity, uidnext)
        select distinct on (candidate.hash) ${target.ownerId}, ${target.folderId}, candidate.hash, ${id},
          candidate.position, candidate.message_id_header, candidate.size_bytes, ${target.uidvalidity}::bigint,
          ${target.uidnext}::bigint
        from candidate join judged on judged.place = candidate.place and judged.verdict = 'new'
        order by candidate.hash, candidate.place
        on conflict (owner_id, folder_id, content_hash) do update set import_id = excluded.import_id,
          position = excluded.position, state = 'appending', uidvalidity = excluded.uidvalidity,
          uidnext = excluded.uidnext, uid = null, created_at = now()
        returning before.content_hash, before.position
      )
      select judged.place,
        -- Of two alike in the same step, the second is held by the first.
        case when judged.verdict = 'new' and noted.position is null then 'held' else judged.verdict end as verdict
      from judged
      join candidate on candidate.place = judged.place
      left join noted on noted.content_hash = candidate.hash and noted.position = candidate.position
      order by judged.place`.execute(tx)
    return rows.map(({ verdict }) => verdict)
  },

  /** They lie on the server now; `uid` is null where it does not tell. */
  async markDone(
    tx: Tx,
    { ownerId, folderId }: Pick<Target, 'ownerId' | 'folderId'>,
    done: readonly { hash: Buffer; uid: number | null }[],
  ): Promise<void> {
    if (done.length === 0) return
    const records = done.map(({ hash, uid }) => ({ hash: hash.toString('base64'), uid }))
    await sql`
      update mail_imported_message as message set state = 'done', uid = done.uid
      from jsonb_to_recordset(${JSON.stringify(records)}::jsonb) as done (hash text, uid bigint)
      where message.owner_id = ${ownerId} and message.folder_id = ${folderId}
        and message.content_hash = decode(done.hash, 'base64')`.execute(tx)
  },

  /** The server did not take them, or lost them. */
  async forget(tx: Queryable, { ownerId, folderId }: Pick<Target, 'ownerId' | 'folderId'>, hashes: readonly Buffer[]) {
    if (hashes.length === 0) return
    const encoded = hashes.map((hash) => hash.toString('base64'))
    await sql`
      delete from mail_imported_message where owner_id = ${ownerId} and folder_id = ${folderId}
        and content_hash in (select decode(hash, 'base64') from unnest(${encoded}::text[]) as gone (hash))`.execute(tx)
  },

  async open(db: Queryable, { ownerId, id }: ImportRef): Promise<OpenMessage[]> {
    const { rows } = await sql<OpenMessage>`
      select content_hash as hash, message_id_header, size_bytes, uidvalidity, uidnext from mail_imported_message
      where owner_id = ${ownerId} and import_id = ${id} and state = 'appending' order by position`.execute(db)
    return rows
  },

  /** Which of the messages that just came to a folder were put there by an import. */
  async among(
    tx: Tx,
    { ownerId, folderId }: { ownerId: string; folderId: string },
    arrived: readonly { messageIdHeader: string | null; sizeBytes: number }[],
  ): Promise<Set<string>> {
    const { rows } = await sql<{ message_id_header: string | null; size_bytes: number }>`
      select message_id_header, size_bytes from mail_imported_message
      where owner_id = ${ownerId} and folder_id = ${folderId} and created_at > now() - interval '7 days'
        and (message_id_header = any(${arrived.flatMap((one) => one.messageIdHeader ?? [])}::text[])
          or (message_id_header is null and size_bytes = any(${arrived.map((one) => one.sizeBytes)}::bigint[])))`.execute(
      tx,
    )
    return new Set(rows.map((row) => importedKey(row.message_id_header, row.size_bytes)))
  },
}

/** What a message is known by when it comes back from the server: its size may be another there. */
export const importedKey = (messageIdHeader: string | null, sizeBytes: number): string =>
  messageIdHeader ?? `without an id, of ${sizeBytes} bytes`

const recordOf = ({ hash, position, messageIdHeader, sizeBytes }: Candidate, place: number) => ({
  ...{ hash: hash.toString('base64'), position, message_id_header: messageIdHeader, size_bytes: sizeBytes, place },
})
