import type { DriveFiles } from '#modules/drive/index.ts'
import type { Actor } from '#platform/auth/actor.ts'
import { AppError } from '#platform/errors.ts'
import { isAmong, type OwnAddresses } from '../calendars/own-addresses.ts'
import { asked } from '../errors.ts'
import type { Attachment, EventFields } from '../ical/event-fields.ts'
import type { WantedEvent } from '../ical/event-writing.ts'
import { invalid } from '../ical/wanted-times.ts'

/** By its address, or as a file of the drive of whoever attaches it: one of the three. */
export type GivenAttachment = Partial<Attachment> & {
  drive_path?: string | undefined
  drive_item_id?: string | undefined
}
export type GivenEvent = Omit<WantedEvent, 'attachments'> & {
  uid?: string | undefined
  attachments?: readonly GivenAttachment[] | null | undefined
}

type Current = Pick<EventFields, 'attendees' | 'attachments'>
type DriveReferences = Pick<DriveFiles, 'describe' | 'shareLink'>

export type EventAttachments = ReturnType<typeof createEventAttachments>

/**
 * Files of the drive that are attached to events. Where others are invited they get a link by which anybody can fetch the
 * file; an event of one's own keeps the address of the file in the drive, which opens for its owner alone, and becomes a
 * link when others are invited.
 */
export function createEventAttachments(deps: {
  drive: DriveReferences
  ownAddresses: OwnAddresses
  publicUrl: string
}) {
  const { drive, ownAddresses, publicUrl } = deps
  const items = `${publicUrl}/api/v1/drive/items/`
  const addressOf = (itemId: string): string => `${items}${itemId}/content`

  /** Undefined for any other address. */
  function itemIdOf({ uri }: GivenAttachment): string | undefined {
    const id = uri?.startsWith(items) ? uri.slice(items.length).replace(/\/content$/, '') : undefined
    return id !== undefined && uri === addressOf(id) && /^\d+$/.test(id) ? id : undefined
  }

  /** @throws AppError `not_found`, `drive.is_folder`, `drive.outside_sharing_forbidden`, `drive.share_refused` */
  async function fileOf(ownerId: string, file: { path: string } | { itemId: string }, isForOthers: boolean) {
    const { itemId, path, name, size, contentType } = await asked(() => drive.describe(ownerId, file))
    const uri = isForOthers ? (await asked(() => drive.shareLink(ownerId, path))).url : addressOf(itemId)
    return { uri, filename: name, content_type: contentType, size }
  }

  async function attachmentOf(ownerId: string, given: GivenAttachment, isForOthers: boolean) {
    const { drive_path: path, drive_item_id: id, ...attachment } = given
    if (path !== undefined) return fileOf(ownerId, { path }, isForOthers)
    if (id !== undefined) return fileOf(ownerId, { itemId: id }, isForOthers)
    const known = itemIdOf(attachment)
    if (known === undefined || !isForOthers) return attachment
    // It was there before anybody was invited: what may not be shared stays its owner's.
    return fileOf(ownerId, { itemId: known }, true).catch((error) => {
      if (error instanceof AppError && keptFor.has(error.kind)) return attachment
      throw error
    })
  }

  return {
    /**
     * What is wanted, with an address for each file. `current` is the event before the change.
     * @throws AppError `invalid_request_body`, `invalid_path`, `not_found`, `drive.is_folder`,
     *   `drive.outside_sharing_forbidden`, `drive.share_refused`
     */
    async resolve(
      actor: Actor,
      wanted: GivenEvent,
      current?: Current,
    ): Promise<WantedEvent & { uid?: string | undefined }> {
      const { attachments: given, ...rest } = wanted
      const attendees = wanted.attendees === undefined ? (current?.attendees ?? []) : (wanted.attendees ?? [])
      const own = await ownAddresses.of(actor)
      const isForOthers = attendees.some(({ email }) => !isAmong(own, email))
      const isUpgraded = isForOthers && current?.attachments.some((one) => itemIdOf(one) !== undefined)
      if (given === undefined && !isUpgraded) return rest
      const attachments: Partial<Attachment>[] = []
      for (const [index, one] of (given === undefined ? (current?.attachments ?? []) : (given ?? [])).entries()) {
        requireOneSource(one, `body.attachments.${index}`)
        attachments.push(await attachmentOf(actor.personId, one, isForOthers))
      }
      return { ...rest, attachments }
    },
  }
}

const keptFor = new Set(['forbidden', 'not_found', 'conflict', 'unprocessable'])

function requireOneSource({ uri, drive_path: path, drive_item_id: id }: GivenAttachment, at: string): void {
  const sources = [uri, path, id].filter((one) => one !== undefined)
  if (sources.length !== 1) throw invalid(at, 'must have one of uri, drive_path and drive_item_id')
}
