import { randomUUID } from 'node:crypto'
import { extname } from 'node:path'
import type { FastifyRequest } from 'fastify'
import sharp from 'sharp'
import type { Context, Part } from './context.ts'
import type { Asset, User } from './records.ts'
import { Refusal } from './refusal.ts'

const types: Readonly<Record<string, string>> = {
  ...{ '.jpg': 'image/jpeg', '.jpeg': 'image/jpeg', '.png': 'image/png', '.webp': 'image/webp', '.gif': 'image/gif' },
  ...{ '.avif': 'image/avif', '.heic': 'image/heic', '.svg': 'image/svg+xml', '.mp4': 'video/mp4' },
  ...{ '.mov': 'video/quicktime', '.webm': 'video/webm', '.avi': 'video/x-msvideo' },
}
type Received = {
  fields: Map<string, string>
  blob: string
  name: string
  size: number
  checksum: string
  sidecar: string | null
}
type Check = { id: string; checksum: string }

/** Uploads, and what is known of files before they are uploaded. */
export const uploadPart: Part = (http, context) => {
  const { records, changed, blobs, authentication } = context
  const twin = (user: User, checksum: string) =>
    records.assets.find((one) => one.ownerId === user.id && one.checksum === base64Of(checksum))

  http.post('/assets', async (request, reply) => {
    const { user } = authentication.require(request, 'asset.upload')
    const announced = request.headers['x-immich-checksum']
    const known = typeof announced === 'string' ? twin(user, announced) : undefined
    if (known) return reply.code(200).send({ id: known.id, status: 'duplicate' })
    const received = await receive(context, request)
    const same = twin(user, received.checksum)
    if (same) {
      await blobs.remove(received.blob)
      return reply.code(200).send({ id: same.id, status: 'duplicate' })
    }
    const asset = await assetOf(context, user, received)
    records.assets.push(asset)
    const video = records.assets.find(({ id, ownerId }) => id === asset.livePhotoVideoId && ownerId === user.id)
    if (video) video.visibility = 'hidden'
    changed()
    return reply.code(201).send({ id: asset.id, status: 'created' })
  })

  http.post<{ Body: { assets: Check[] } }>('/assets/bulk-upload-check', async (request) => {
    const { user } = authentication.require(request, 'asset.upload')
    const results = request.body.assets.map(({ id, checksum }) => {
      const same = twin(user, checksum)
      if (!same) return { id, action: 'accept' }
      return { id, action: 'reject', reason: 'duplicate', assetId: same.id, isTrashed: same.deletedAt !== null }
    })
    return { results }
  })
}

async function receive({ blobs, version }: Context, request: FastifyRequest): Promise<Received> {
  const fields = new Map<string, string>()
  let file: Omit<Received, 'fields' | 'sidecar'> | undefined
  let sidecar: string | null = null
  for await (const part of request.parts()) {
    if (part.type === 'field') fields.set(part.fieldname, String(part.value))
    else if (part.fieldname === 'sidecarData') sidecar = (await part.toBuffer()).toString('utf8')
    else {
      const blob = randomUUID()
      if (!types[extname(part.filename).toLowerCase()]) throw new Refusal(400, `Unsupported file type ${part.filename}`)
      file = { blob, name: part.filename, ...(await blobs.write(blob, part.file)) }
    }
  }
  if (!file || file.size === 0) throw new Refusal(400, 'Field assetData should not be empty')
  const wanted = ['fileCreatedAt', 'fileModifiedAt', ...(version.major === 2 ? ['deviceAssetId', 'deviceId'] : [])]
  for (const name of wanted) if (!fields.get(name)) throw new Refusal(400, `${name} should not be empty`)
  return { fields, sidecar, ...file }
}

async function assetOf({ blobs, now }: Context, user: User, received: Received): Promise<Asset> {
  const { fields, blob, name, size, checksum, sidecar } = received
  const contentType = types[extname(name).toLowerCase()] ?? ''
  const type = contentType.startsWith('video/') ? 'VIDEO' : 'IMAGE'
  const seen =
    type === 'IMAGE'
      ? await sharp(blobs.path(blob))
          .metadata()
          .catch(() => undefined)
      : undefined
  const at = now().toISOString()
  return {
    ...{
      id: randomUUID(),
      ownerId: user.id,
      type,
      name: fields.get('filename') ?? name,
      contentType,
      checksum,
      size,
      blob,
    },
    ...{
      takenAt: new Date(fields.get('fileCreatedAt') ?? at).toISOString(),
      offsetHours: 0,
      createdAt: at,
      updatedAt: at,
    },
    ...{ isFavorite: fields.get('isFavorite') === 'true', visibility: fields.get('visibility') ?? 'timeline' },
    ...{ deletedAt: null, durationMs: type === 'VIDEO' ? 5120 : null, width: seen?.width ?? null },
    ...{ height: seen?.height ?? null, livePhotoVideoId: fields.get('livePhotoVideoId') ?? null, sidecar },
    ...{ description: descriptionIn(sidecar), rating: null, camera: null, place: null, faces: [], keywords: [] },
  }
}

/** What the XMP of a picture says of it. */
const descriptionIn = (sidecar: string | null): string =>
  /<dc:description>.*?<rdf:li[^>]*>([^<]*)</s.exec(sidecar ?? '')?.[1] ?? ''

/** Checksums come in hexadecimal or base64. */
const base64Of = (checksum: string): string =>
  /^[0-9a-f]{40}$/i.test(checksum) ? Buffer.from(checksum, 'hex').toString('base64') : checksum
