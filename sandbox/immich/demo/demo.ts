import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import sharp from 'sharp'
import type { UserName } from '../../users.ts'
import { demoUsers } from '../../users.ts'
import { type ImmichStandIn, startImmich } from '../immich.ts'
import type { Asset, User } from '../records.ts'
import { motionJpeg } from './motion-jpeg.ts'
import { type DemoPhoto, demoFilm, demoPhotos } from './photos.ts'

export const demoAdminKey = 'the-key-of-the-administrator-of-immich'

/** `ULTI_IMMICH=2` starts the one before. */
export const versionOf = ({ ULTI_IMMICH }: NodeJS.ProcessEnv): 2 | 3 => (ULTI_IMMICH === '2' ? 2 : 3)

/**
 * Immich for the demo people. Their accounts are made by ultid at their first use, and then their pictures are there: so
 * that an account without an owner lies around for nobody.
 */
export async function startDemoImmich(options: { port: number; stateDir: string; version: 2 | 3 }) {
  const admin = { email: 'admin@ulti.example', apiKey: demoAdminKey }
  const standIn = await startImmich({
    ...{ ...options, admin },
    onNewUser: (user) => welcome(standIn, user),
  })
  return { url: standIn.url, version: options.version, close: standIn.close }
}

async function welcome(standIn: ImmichStandIn, user: User): Promise<void> {
  const name = demoUsers.find(({ email }) => email === user.email)?.name
  if (!name) return
  const assets = await Promise.all(demoPhotos[name].map((photo) => keepPhoto(standIn, user, photo)))
  if (name === 'alice') assets.push(await keepFilm(standIn, user))
  makeAlbums(standIn, user, name, assets)
  makeMemories(standIn, user, assets)
  standIn.context.changed()
}

const camera = {
  make: 'Fujifilm',
  model: 'X-T5',
  lens: 'XF23mmF2 R WR',
  fNumber: 5.6,
  exposureTime: '1/250',
  iso: 200,
  focalLength: 23,
}

async function keepPhoto(standIn: ImmichStandIn, user: User, photo: DemoPhoto): Promise<Asset> {
  const bytes = await sharp(Buffer.from(photo.svg)).jpeg({ quality: 82 }).toBuffer()
  const faces = photo.faces.map(({ name, face: { x, y, size } }) => {
    const reach = Math.round(size * 0.75)
    const box = {
      x1: Math.round(x) - reach,
      y1: Math.round(y) - reach,
      x2: Math.round(x) + reach,
      y2: Math.round(y) + reach,
    }
    return { id: randomUUID(), personId: personOf(standIn, user, name), box }
  })
  const { name, daysAgo, place, keywords, description, isFavorite } = photo
  const known = { name, daysAgo, place, keywords, contentType: 'image/jpeg', type: 'IMAGE' as const }
  return keep(standIn, user, bytes, { ...known, description, isFavorite, faces, width: 1200, height: 800, camera })
}

async function keepFilm(standIn: ImmichStandIn, user: User): Promise<Asset> {
  const size = { width: 480, height: 320 }
  const pictures = Array.from({ length: 36 }, (_, at) =>
    sharp(Buffer.from(demoFilm.scene(at / 12)))
      .resize(size)
      .jpeg({ quality: 70 })
      .toBuffer(),
  )
  const film = motionJpeg(await Promise.all(pictures), { ...size, perSecond: 12 })
  const { name, daysAgo, place, keywords } = demoFilm
  return keep(standIn, user, film, {
    ...{ name, daysAgo, place, keywords, contentType: 'video/x-msvideo', type: 'VIDEO', durationMs: 3000, ...size },
  })
}

type Known = Partial<Asset> & Pick<Asset, 'name' | 'type' | 'contentType'> & { daysAgo: number }

async function keep(
  { records, blobs }: ImmichStandIn,
  user: User,
  bytes: Buffer,
  { daysAgo, ...known }: Known,
): Promise<Asset> {
  const blob = randomUUID()
  const stored = await blobs.write(blob, Readable.from([bytes]))
  const now = new Date().toISOString()
  const takenAt = new Date(Date.now() - daysAgo * 86_400_000).toISOString()
  const asset: Asset = {
    ...{ id: randomUUID(), ownerId: user.id, ...stored, blob, takenAt, offsetHours: 1, createdAt: now, updatedAt: now },
    ...{ isFavorite: false, visibility: 'timeline', deletedAt: null, durationMs: null, width: null, height: null },
    ...{ livePhotoVideoId: null, sidecar: null, description: '', rating: null, camera: null, place: null },
    ...{ faces: [], keywords: [], ...known },
  }
  records.assets.push(asset)
  return asset
}

/** One of each name; those without are all the same child. */
function personOf({ records }: ImmichStandIn, user: User, name: string): string {
  const known = records.people.find((one) => one.ownerId === user.id && one.name === name)
  if (known) return known.id
  const person = {
    id: randomUUID(),
    ownerId: user.id,
    name,
    birthDate: null,
    isHidden: false,
    isFavorite: false,
    coverAssetId: null,
  }
  records.people.push(person)
  return person.id
}

function makeAlbums({ records }: ImmichStandIn, user: User, name: UserName, assets: readonly Asset[]): void {
  const now = new Date().toISOString()
  for (const title of new Set(demoPhotos[name].flatMap(({ album }) => album ?? []))) {
    const names = demoPhotos[name].filter(({ album }) => album === title).map((photo) => photo.name)
    const assetIds = assets.filter((asset) => names.includes(asset.name)).map(({ id }) => id)
    records.albums.push({
      ...{ id: randomUUID(), ownerId: user.id, name: title, description: '', assetIds, members: [] },
      ...{ coverId: assetIds[0] ?? null, createdAt: now, updatedAt: now },
    })
  }
}

/** Whatever was on this day. */
function makeMemories({ records }: ImmichStandIn, user: User, assets: readonly Asset[]): void {
  const today = new Date().toISOString()
  for (const years of [1, 3]) {
    const of = assets.filter(
      ({ takenAt }) => Math.abs(Date.parse(today) - Date.parse(takenAt) - years * 365.2425 * 86_400_000) < 86_400_000,
    )
    if (of.length === 0) continue
    records.memories.push({
      ...{
        id: randomUUID(),
        ownerId: user.id,
        year: new Date().getFullYear() - years,
        memoryAt: `${today.slice(0, 10)}T00:00:00.000Z`,
      },
      ...{ assetIds: of.map(({ id }) => id), isSaved: false, seenAt: null },
    })
  }
}
