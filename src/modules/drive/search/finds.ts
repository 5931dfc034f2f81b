import { type Xml, xml } from '#integrations/dav/xml.ts'
import type { Nextcloud } from '#integrations/nextcloud/nextcloud-client.ts'
import { decodeCursor, encodeCursor } from '#platform/http/cursor.ts'
import type { DrivePath } from '../drive-path.ts'
import type { Item } from '../items/item.ts'
import { contentTypesOf, type ItemKind } from '../items/item-kind.ts'
import { compare, searchFiles } from './file-search.ts'

export type Wanted = {
  /** Part of the name, in any case. */
  text?: string | undefined
  kinds?: readonly ItemKind[] | undefined
  /** Where to look, with all that lies below. */
  path: DrivePath
  limit: number
  cursor?: string | undefined
}

export type Finds = ReturnType<typeof createFinds>

/** Files by name and kind, the last modified first; Nextcloud looks for them, wherever they lie. */
export function createFinds({ nextcloud }: { nextcloud: Nextcloud }) {
  return {
    async page(ownerId: string, wanted: Wanted): Promise<{ items: Item[]; nextCursor: string | null }> {
      const { path, limit } = wanted
      const after = wanted.cursor === undefined ? undefined : positionOf(wanted.cursor)
      const person = await nextcloud.as(ownerId)
      const conditions = conditionsOf(wanted, after?.seconds)
      const where = conditions.length === 1 && conditions[0] ? conditions[0] : xml('d:and', {}, ...conditions)
      const found = await searchFiles(person, { path, where, limit: limit + 1, skip: after?.skip ?? 0 })
      const shown = found.slice(0, limit)
      const items = shown.filter((item) => isMeant(item, wanted))
      return { items, nextCursor: found.length > limit ? cursorOf(shown, after) : null }
    },
  }
}

function conditionsOf({ text, kinds }: Wanted, until: number | undefined): Xml[] {
  const ofKinds = kinds && kindCondition(kinds)
  return [
    compare('d:like', 'd:displayname', text === undefined ? '%' : `%${text}%`),
    ...(ofKinds ? [ofKinds] : []),
    ...(until === undefined ? [] : [compare('d:lte', 'd:getlastmodified', String(until))]),
  ]
}

/** Undefined where Nextcloud cannot tell: what is none of the other kinds has no type of its own. */
function kindCondition(kinds: readonly ItemKind[]): Xml | undefined {
  if (kinds.includes('other')) return kinds.includes('folder') ? undefined : xml('d:not', {}, xml('d:is-collection'))
  const types = kinds.flatMap(contentTypesOf)
  const conditions = types.map((type) => compare('d:like', 'd:getcontenttype', `${type}%`))
  if (kinds.includes('folder')) conditions.push(xml('d:is-collection'))
  return conditions.length === 1 ? conditions[0] : xml('d:or', {}, ...conditions)
}

/** `%` and `_` in a name mean more to Nextcloud than to people; `text/` is said of tables too. */
function isMeant({ name, kind }: Item, { text, kinds }: Wanted): boolean {
  const isNamed = text === undefined || name.toLowerCase().includes(text.toLowerCase())
  return isNamed && (!kinds || kinds.includes(kind))
}

type Position = { seconds: number; skip: number }

/** Nextcloud sorts by the second alone: of the last one it is counted how many were shown. */
function cursorOf(shown: readonly Item[], after: Position | undefined): string {
  const seconds = secondsOf(shown.at(-1))
  const same = shown.filter((item) => secondsOf(item) === seconds).length
  return encodeCursor([seconds, same + (after?.seconds === seconds ? after.skip : 0)])
}

const secondsOf = (item: Item | undefined): number => Math.floor((item?.modifiedAt.getTime() ?? 0) / 1000)

function positionOf(cursor: string): Position {
  const [seconds, skip] = decodeCursor(cursor, ['number', 'number'])
  return { seconds: Math.max(0, seconds), skip: Math.max(0, skip) }
}
