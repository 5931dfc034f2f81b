import { isStrided, type ListWalk, type MessageKey } from './list-walk.ts'

/** Places that one statement of a strided walk looks at. */
const stride = 1000

const first: MessageKey = { receivedAt: 'infinity', messageId: 'ffffffff-ffff-ffff-ffff-ffffffffffff' }
/** Sorts before every other message of its time. */
const beforeAll = '00000000-0000-0000-0000-000000000000'

const newestFirst = 'order by received_at desc, message_id desc'

export type PlaceWalk = ReturnType<typeof createPlaceWalk>

/**
 * The SQL of a walk over the places of a list, newest first, and its parameters; $1 is the owner. Its text depends on
 * what is asked for and not on the values, so that each form can be prepared once a connection.
 */
export function createPlaceWalk(ownerId: string, walk: ListWalk, after: MessageKey | undefined) {
  const { values, add, once } = createParameters(ownerId)
  const start = after ?? (walk.receivedBefore ? { receivedAt: walk.receivedBefore, messageId: beforeAll } : first)
  const folders = once(walk.folderIds ?? [], 'uuid[]')
  const label = once(walk.labelId, 'uuid')
  const [keyTime, keyId] = [once(start.receivedAt, 'timestamptz'), once(start.messageId, 'uuid')]
  const since = once(walk.receivedAfter, 'timestamptz')

  const inRange = () =>
    `(received_at, message_id) < (${keyTime()}, ${keyId()}) ${walk.receivedAfter ? `and received_at >= ${since()}` : ''}`
  const isShown = shownCondition(walk)
  const isInFolders = () =>
    walk.folderIds ? `shown_folder_id = any(${folders()})` : `shown_folder_id <> all(${foldersOf("'trash', 'junk'")})`
  const isLabelled = (messageId: string) =>
    walk.labelId
      ? `and exists (select from mail_message_label
          where owner_id = $1 and message_id = ${messageId} and label_id = ${label()} offset 0)`
      : ''

  /** The place of a message that stands for it in this list. */
  const placeOf = (messageId: string) => `
    select * from mail_location
    where owner_id = $1 and message_id = ${messageId} and ${isInFolders()} and ${isShown}
    order by shown_folder_id = any(${foldersOf("'all'")}), folder_id, uid desc limit 1`

  const placesIn = (folder: string, limit: string | number) => `
    select * from mail_location
    where owner_id = $1 and shown_folder_id = ${folder} and ${isShown} and ${inRange()}
    ${newestFirst} limit ${limit}`

  /** A label's row has the time of the place by which its list is sorted. */
  const labelled = () => `
    select message_id, received_at from mail_message_label
    where owner_id = $1 and label_id = ${label()} and ${inRange()}
    ${newestFirst} limit ${stride}`

  function places(limit: string | number): string {
    if (walk.among) {
      return `
    select place.* from unnest(${add(walk.among, 'uuid[]')}) as candidate (id)
    cross join lateral (${placeOf('candidate.id')}) as place
    where ${inRange()} ${isLabelled('place.message_id')}
    ${newestFirst}`
    }
    if (walk.labelId) {
      return `
    select ${placeColumns}, labelled.received_at
    from (${labelled()}) as labelled
    cross join lateral (${placeOf('labelled.message_id')}) as place
    order by labelled.received_at desc, labelled.message_id desc`
    }
    if (walk.folderIds?.length === 1) return placesIn(`(${folders()})[1]`, limit)
    return `
    select place.* from unnest(${folders()}) as folder (id)
    cross join lateral (${placesIn('folder.id', limit)}) as place
    ${newestFirst} limit ${limit}`
  }

  return {
    values,
    add,
    /** The folders of the list as an array; an empty one for those of a label. */
    folders,
    /** Newest first: the places of one stride. */
    stridePlaces: () => places(stride),
    /** Newest first: as many as are shown, or, where not all are, those of one stride. */
    pagePlaces: (limit: string) => places(isStrided(walk) ? stride : limit),
    /** Where this stride ends: one row, or none when the walk does. */
    strideEnd: () => `
    select ${utc('received_at')} as "receivedAt", message_id as "messageId"
    from (${walk.labelId ? labelled() : places(stride)}) as walked
    ${newestFirst} limit 1 offset ${stride - 1}`,
    /** Whether a message, by the alias of its row, is from and to whom the list is about. */
    isAddressed: (message: string) => addressedCondition(walk, message, add),
    /** Whether a message is in the list, wherever the walk stands, at a place for which `also` is true. */
    isListed: (message: string, also = '') => `
      exists (select from mail_location
        where owner_id = $1 and message_id = ${message}.id and ${isInFolders()} and ${isShown} ${also} offset 0)
      ${isLabelled(`${message}.id`)}
      ${walk.receivedBefore ? `and ${message}.received_at < ${add(walk.receivedBefore, 'timestamptz')}` : ''}`,
    /** Whether a place of a message is one that the list is about, read or not. */
    isInScope: (place: string, messageId: string) => `${place}.${isInFolders()} ${isLabelled(messageId)}`,
  }
}

/** RFC 3339 in UTC with the microseconds that a Date would lose. */
export const utc = (time: string) => `to_char(${time} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`

/** The owner's folders with one of these roles. */
export const foldersOf = (roles: string, except = "'{}'::uuid[]") =>
  `array(select id from mail_folder where owner_id = $1 and role in (${roles}) and id <> all(${except}))`

/** Parameters are numbered as they are first used: PostgreSQL takes none that its statement does not name. */
function createParameters(ownerId: string) {
  const values: unknown[] = [ownerId]
  const add = (value: unknown, type: string) => `$${values.push(value)}::${type}`
  const once = (value: unknown, type: string) => {
    let name: string | undefined
    return () => (name ??= add(value, type))
  }
  return { values, add, once }
}

function shownCondition({ isUnread, isStarred, hasAttachments }: ListWalk): string {
  const conditions = ['gone_at is null']
  if (isUnread) conditions.push('not is_read')
  if (isStarred) conditions.push('is_starred')
  if (hasAttachments) conditions.push('has_attachments')
  return conditions.join(' and ')
}

function addressedCondition({ from, to }: ListWalk, message: string, add: (value: unknown, type: string) => string) {
  const matches = (email: string, { kind, value }: NonNullable<ListWalk['from']>) => {
    const name = add(value, 'text')
    if (kind === 'address') return `${email} = ${name}`
    return `right(${email}, length(${name}) + 1) in ('@' || ${name}, '.' || ${name})`
  }
  const isFrom = from ? `and ${matches(`lower(${message}.from_email)`, from)}` : ''
  const isTo = to
    ? `and exists (select from jsonb_path_query(${message}.recipients - 'reply_to', '$.*[*].email') as email
        where ${matches("lower(email #>> '{}')", to)})`
    : ''
  return `${isFrom} ${isTo}`
}

const placeColumns = `mail_account_id folder_id shown_folder_id message_id uid is_read is_starred is_answered is_draft
  keywords has_attachments`
  .split(/\s+/)
  .map((column) => `place.${column}`)
  .join(', ')
