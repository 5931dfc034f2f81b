import type { Sharp } from 'sharp'
import { AppError } from '#platform/errors.ts'

/** As large as address books of phones show one. */
const storedSize = 512
/** A picture of more would fill the memory while it is decoded: 64 megapixels. */
const limitInputPixels = 64_000_000
/** What is read at all: no format that draws by a program, such as SVG, or that loads libraries. */
const formats = new Set(['jpeg', 'png', 'webp', 'gif', 'avif', 'heif', 'tiff'])

/**
 * A picture to be stored: upright, at most 512 pixels wide and high, JPEG without what the camera noted.
 * @throws AppError `contacts.photo_unreadable`
 */
export const storedPicture = (bytes: Uint8Array): Promise<Buffer> =>
  reencoded(bytes, (image) =>
    image
      .resize(storedSize, storedSize, { fit: 'inside', withoutEnlargement: true })
      .flatten({ background: '#ffffff' })
      .jpeg({ quality: 85, mozjpeg: true }),
  )

/**
 * A picture as it is shown: made anew, so that nothing but a picture ever reaches a browser. Square of `size` pixels.
 * @throws AppError `contacts.photo_unreadable`
 */
export const shownPicture = (bytes: Uint8Array, size: number): Promise<Buffer> =>
  reencoded(bytes, (image) => image.resize(size, size, { fit: 'cover', position: 'attention' }).webp({ quality: 82 }))

async function reencoded(bytes: Uint8Array, draw: (image: Sharp) => Sharp): Promise<Buffer> {
  // Its libraries cost memory, and most who start do not show photos.
  const { default: sharp } = await import('sharp')
  try {
    const image = sharp(bytes, { limitInputPixels, failOn: 'error', animated: false })
    const { format } = await image.metadata()
    if (!format || !formats.has(format)) throw new Error(`${format ?? 'unknown'} is no format of a photo`)
    return await draw(image.rotate()).toBuffer()
  } catch (cause) {
    throw unreadable(cause)
  }
}

const unreadable = (cause: unknown) =>
  new AppError(
    'unprocessable',
    'contacts.photo_unreadable',
    'This is no picture that can be read: send a JPEG, PNG, WebP, GIF or AVIF of at most 64 megapixels.',
    { cause },
  )
