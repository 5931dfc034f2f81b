import type { Readable } from 'node:stream'
import { firstOf, type Vcard } from '#integrations/vcard/vcard.ts'
import { readPicture, writePicture } from '#integrations/vcard/vcard-picture.ts'
import type { Actor } from '#platform/auth/actor.ts'
import { AppError } from '#platform/errors.ts'
import type { ContactRef } from '../contact/contact-path.ts'
import type { ContactView } from '../contact/contact-presentation.ts'
import type { ContactWrites } from '../contact/contact-writes.ts'
import type { Contacts } from '../contact/contacts.ts'
import { initialsPicture } from './initials.ts'
import { shownPicture, storedPicture } from './picture.ts'

/** Larger ones are scaled down by whoever sends them. */
export const maxPhotoBytes = 8 * 1024 * 1024

export type ShownPhoto = { etag: string; mediaType: string; content: Buffer | string }

export type Photos = ReturnType<typeof createPhotos>

/** The pictures of contacts. What is shown is always made anew; what lies elsewhere is not fetched: it would be told who looks. */
export function createPhotos({ contacts, writes }: { contacts: Contacts; writes: ContactWrites }) {
  async function write(actor: Actor, ref: ContactRef, ifMatch: string | undefined, edit: (vcard: Vcard) => Vcard) {
    const { connection, place } = await contacts.locate(actor, ref)
    await writes.change(connection, place, ifMatch, edit)
    return contacts.view(actor, ref)
  }

  /** Undefined where there is none that can be shown. */
  async function picture(actor: Actor, ref: ContactRef, size: number): Promise<Buffer | undefined> {
    const { vcard } = await contacts.vcard(actor, ref)
    const photo = firstOf(vcard, 'PHOTO')
    const read = photo && readPicture(photo)
    if (!read || !('bytes' in read)) return undefined
    return shownPicture(read.bytes, size).catch(() => undefined)
  }

  return {
    /** Undefined when the client has this very one; initials where there is no picture that can be shown. */
    async view(
      actor: Actor,
      ref: ContactRef,
      { size, ifNoneMatch }: { size: number; ifNoneMatch: string | undefined },
    ): Promise<ShownPhoto | { etag: string; content: undefined }> {
      const contact = await contacts.view(actor, ref)
      const etag = `"${contact.etag.replaceAll('"', '')}-${size}"`
      if (ifNoneMatch?.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag))
        return { etag, content: undefined }
      const content = contact.has_photo ? await picture(actor, ref, size) : undefined
      if (content) return { etag, mediaType: 'image/webp', content }
      const initials = initialsPicture(contact.name.full, contact.uid, size)
      return { etag, mediaType: 'image/svg+xml; charset=utf-8', content: initials }
    },

    /** @throws AppError `contacts.photo_unreadable`, `contacts.photo_too_large` */
    async replace(actor: Actor, ref: ContactRef, content: Readable, ifMatch: string | undefined): Promise<ContactView> {
      const bytes = await storedPicture(await readBounded(content))
      return write(actor, ref, ifMatch, (vcard) => ({
        ...vcard,
        properties: [
          ...vcard.properties.filter(({ name }) => name !== 'PHOTO'),
          writePicture('image/jpeg', bytes, vcard.version),
        ],
      }))
    },

    /** Taking away what is not there is no error. */
    remove: (actor: Actor, ref: ContactRef, ifMatch: string | undefined): Promise<ContactView> =>
      write(actor, ref, ifMatch, (vcard) => ({
        ...vcard,
        properties: vcard.properties.filter(({ name }) => name !== 'PHOTO'),
      })),
  }
}

async function readBounded(content: Readable): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of content as AsyncIterable<Buffer>) {
    size += chunk.byteLength
    if (size > maxPhotoBytes) throw tooLarge()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

const tooLarge = () =>
  new AppError('unprocessable', 'contacts.photo_too_large', 'The photo is larger than 8 MiB; send a smaller one.')
