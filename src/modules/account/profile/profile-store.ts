import type { Database, Queryable, Tx } from '#platform/database/database.ts'

export type ProfileRow = {
  id: string
  email: string | null
  username: string | null
  display_name: string | null
  chosen_name: string | null
  locale: string | null
  time_zone: string | null
  groups: string[]
}

export type ProfileChange = { chosen_name?: string | null; locale?: string | null; time_zone?: string | null }

const columns = [
  ...(['id', 'email', 'username', 'display_name', 'chosen_name', 'locale', 'time_zone', 'groups'] as const),
] as const

const select = (db: Queryable, ownerId: string) => db.selectFrom('principal').select(columns).where('id', '=', ownerId)

export const profileStore = {
  find: (db: Database, ownerId: string): Promise<ProfileRow | undefined> => select(db, ownerId).executeTakeFirst(),

  findForUpdate: (tx: Tx, ownerId: string): Promise<ProfileRow | undefined> =>
    select(tx, ownerId).forUpdate().executeTakeFirst(),

  update: (tx: Tx, ownerId: string, change: ProfileChange): Promise<ProfileRow> =>
    tx.updateTable('principal').set(change).where('id', '=', ownerId).returning(columns).executeTakeFirstOrThrow(),
}
