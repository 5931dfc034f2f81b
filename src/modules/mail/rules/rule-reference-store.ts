import { sql } from 'kysely'
import type { Queryable } from '#platform/database/database.ts'

export type References = {
  mailAccountIds: readonly string[]
  folderIds: readonly string[]
  labelIds: readonly string[]
  targetIds: readonly string[]
  webhookIds: readonly string[]
}

export type FoundReferences = {
  [Kind in keyof References]: Set<string>
} & { verifiedTargetIds: Set<string> }

export const ruleReferenceStore = {
  /** What there is of what rules name. */
  async find(db: Queryable, ownerId: string, named: References): Promise<FoundReferences> {
    const { rows } = await sql<{ kind: keyof FoundReferences; id: string }>`
      select 'mailAccountIds' as kind, id from mail_account
        where owner_id = ${ownerId} and id = any(${[...named.mailAccountIds]}::uuid[])
      union all select 'folderIds', id from mail_folder
        where owner_id = ${ownerId} and id = any(${[...named.folderIds]}::uuid[]) and not is_deleted
      union all select 'labelIds', id from mail_label
        where owner_id = ${ownerId} and id = any(${[...named.labelIds]}::uuid[])
      union all select 'targetIds', id from mail_forward_target
        where owner_id = ${ownerId} and id = any(${[...named.targetIds]}::uuid[])
      union all select 'verifiedTargetIds', id from mail_forward_target
        where owner_id = ${ownerId} and id = any(${[...named.targetIds]}::uuid[]) and verified_at is not null
      union all select 'webhookIds', id from webhook_endpoint
        where owner_id = ${ownerId} and id = any(${[...named.webhookIds]}::uuid[]) and module = 'mail'`.execute(db)
    const of = (kind: keyof FoundReferences) => new Set(rows.filter((row) => row.kind === kind).map(({ id }) => id))
    return {
      ...{ mailAccountIds: of('mailAccountIds'), folderIds: of('folderIds'), labelIds: of('labelIds') },
      ...{ targetIds: of('targetIds'), verifiedTargetIds: of('verifiedTargetIds'), webhookIds: of('webhookIds') },
    }
  },
}
