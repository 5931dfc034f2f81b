import { createHash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import sharp from 'sharp'
import { seen } from './access.ts'
import type { Context, Part } from './context.ts'
import type { Asset, Person } from './records.ts'
import { noAccess, Refusal } from './refusal.ts'

/** Pixels of the shorter side, and of the longer one. */
const sides: Readonly<Record<string, { width: number; height: number }>> = {
  thumbnail: { width: 250, height: 250 },
  preview: { width: 1440, height: 1440 },
  fullsize: { width: 4096, height: 4096 },
}

/** Pictures in all sizes, originals, videos and faces. */
export const mediaPart: Part = (http, context) => {
  const { records, authentication } = context
  const asset = (
    request: FastifyRequest<{ Params: { id: string } }>,
    permission: string,
    isDownload = false,
  ): Asset => {
    const caller = authentication.require(request, permission, { isOpenToLinks: true })
    if (isDownload && caller.link && !caller.link.allowDownload) throw noAccess(permission)
    return seen(records, caller, request.params.id, permission)
  }

  http.get<{ Params: { id: string }; Querystring: { size?: string } }>(
    '/assets/:id/thumbnail',
    async (request, reply) => {
      const { size = 'thumbnail' } = request.query
      const side = sides[size]
      if (!side) throw new Refusal(400, 'Validation failed')
      const picture = await pictureOf(context, asset(request, 'asset.view'))
      const bytes = await picture
        .resize({ ...side, fit: 'inside', withoutEnlargement: true })
        .webp({ quality: 78 })
        .toBuffer()
      return sendPicture(request, reply, bytes)
    },
  )
  http.get<{ Params: { id: string } }>('/assets/:id/original', (request, reply) =>
    sendBlob(context, request, reply, asset(request, 'asset.download', true)),
  )
  http.get<{ Params: { id: string } }>('/assets/:id/video/playback', (request, reply) => {
    const video = asset(request, 'asset.view')
    if (video.type !== 'VIDEO') throw new Refusal(404, 'Asset is not a video')
    return sendBlob(context, request, reply, video)
  })
  http.get<{ Params: { id: string } }>('/people/:id/thumbnail', async (request, reply) => {
    const { user } = authentication.require(request, 'person.read')
    const person = records.people.find(({ id, ownerId }) => id === request.params.id && ownerId === user.id)
    if (!person) throw noAccess('person.read')
    return sendPicture(request, reply, await faceOf(context, person))
  })
}

async function pictureOf({ blobs }: Context, { blob, type }: Asset) {
  if (type === 'VIDEO') return sharp(Buffer.from(videoPicture))
  const picture = sharp(blobs.path(blob), { limitInputPixels: 100_000_000 }).rotate()
  // Something that calls itself a picture and is none.
  return picture.metadata().then(
    () => picture,
    () => {
      throw new Refusal(404, 'Asset media not found')
    },
  )
}

async function faceOf(context: Context, person: Person): Promise<Buffer> {
  const on = ({ faces }: Asset) => faces.some(({ personId }) => personId === person.id)
  const { assets } = context.records
  const asset = assets.find((one) => one.id === person.coverAssetId && on(one)) ?? assets.find(on)
  const face = asset?.faces.find(({ personId }) => personId === person.id)
  if (!asset || !face) throw new Refusal(404, 'Person has no thumbnail')
  const { x1, y1, x2, y2 } = face.box
  const picture = await pictureOf(context, asset)
  const area = { left: x1, top: y1, width: x2 - x1, height: y2 - y1 }
  return picture.extract(area).resize(250, 250, { fit: 'cover' }).jpeg().toBuffer()
}

function sendPicture(request: FastifyRequest, reply: FastifyReply, bytes: Buffer) {
  const etag = `W/"${createHash('sha1').update(bytes).digest('base64url')}"`
  reply.header('etag', etag).header('cache-control', 'private, max-age=86400, no-transform')
  if (request.headers['if-none-match'] === etag) return reply.code(304).send()
  return reply.type(bytes[0] === 0xff ? 'image/jpeg' : 'image/webp').send(bytes)
}

/** A file or a range of it (RFC 9110 §14). */
async function sendBlob({ blobs }: Context, request: FastifyRequest, reply: FastifyReply, asset: Asset) {
  const size = await blobs.sizeOf(asset.blob)
  if (size === undefined) throw new Refusal(404, 'File not found')
  const etag = `W/"${Buffer.from(asset.checksum, 'base64').toString('base64url')}"`
  reply.headers({ etag, 'accept-ranges': 'bytes', 'last-modified': new Date(asset.createdAt).toUTCString() })
  if (request.headers['if-none-match'] === etag) return reply.code(304).send()
  const [, from, to] = /^bytes=(\d*)-(\d*)$/.exec(request.headers.range ?? '') ?? []
  reply.type(asset.contentType)
  if (!from && !to)
    return reply.header('content-length', size).send(blobs.read(asset.blob, { start: 0, end: size - 1 }))
  const start = from ? Number(from) : Math.max(0, size - Number(to))
  const end = from && to ? Math.min(Number(to), size - 1) : size - 1
  if (start > end) return reply.code(416).header('content-range', `bytes */${size}`).send()
  reply.code(206).headers({ 'content-range': `bytes ${start}-${end}/${size}`, 'content-length': end - start + 1 })
  return reply.send(blobs.read(asset.blob, { start, end }))
}

const videoPicture =
  '<svg xmlns="http://www.w3.org/2000/svg" width="640" height="360"><rect width="640" height="360" fill="#223"/>' +
  '<path d="M270 110 L400 180 L270 250 Z" fill="#fff"/></svg>'
