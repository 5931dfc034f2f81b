import { sql } from 'kysely'
import type { Queryable, Tx } from '#platform/database/database.ts'

/** Who answered, and which occurrence: an empty key is the whole. */
export type Answered = { key: string; email: string }
type ObjectName = { calendar: string; name: string }

export const answerStore = {
  /** When those invited to an object last answered, in milliseconds, by `answererOf`. */
  async times(db: Queryable, ownerId: string, { calendar, name }: ObjectName): Promise<Map<string, number>> {
    const { rows } = await sql<Answered & { answered_at: Date }>`
      select answer.key, answer.email, answer.answered_at from calendar_answer as answer
      join calendar_object as object on object.owner_id = answer.owner_id and object.id = answer.object_id
      where answer.owner_id = ${ownerId} and object.calendar = ${calendar} and object.name = ${name}`.execute(db)
    return new Map(rows.map((row) => [answererOf(row), row.answered_at.getTime()]))
  },

  /** Writes down when they answered, in the place of what was known; nothing for an object that is not kept. */
  async set(
    tx: Tx,
    ownerId: string,
    { calendar, name }: ObjectName,
    answers: readonly (Answered & { at: number })[],
  ): Promise<void> {
    if (answers.length === 0) return
    await sql`
      insert into calendar_answer (owner_id, object_id, key, email, answered_at)
      select object.owner_id, object.id, new.key, new.email, max(new.at)
      from calendar_object as object, unnest(${answers.map(({ key }) => key)}::text[],
        ${answers.map(({ email }) => email.toLowerCase())}::text[],
        ${answers.map(({ at }) => new Date(at).toISOString())}::timestamptz[]) as new (key, email, at)
      where object.owner_id = ${ownerId} and object.calendar = ${calendar} and object.name = ${name}
      group by object.owner_id, object.id, new.key, new.email
      on conflict (owner_id, object_id, key, email) do update set answered_at = excluded.answered_at`.execute(tx)
  },
}

/** A name for who answered what. */
export const answererOf = ({ key, email }: Answered): string => `${key} ${email.toLowerCase()}`
