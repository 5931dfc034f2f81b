import { createHash } from 'node:crypto'
import sharp from 'sharp'
import type { Act, SoakUser } from './act.ts'

/** Rooms, photos and searches: what is answered with success must be there at the end. */
export function createOtherActs({ name, client, random }: SoakUser) {
  const rooms: string[] = []
  /** SHA-1 of what was taken. */
  const photos: string[] = []
  let count = 0

  async function book(): Promise<void> {
    const reply = await client.ask('meet: book', 'POST', '/api/v1/meet/rooms', {
      body: { title: `${name} ${++count}` },
    })
    if (reply.status === 201) rooms.push(reply.body.id)
  }

  async function upload(): Promise<void> {
    const background = { r: random.below(256), g: random.below(256), b: random.below(256) }
    const bytes = await sharp({ create: { width: 64, height: 64, channels: 3, background } })
      .jpeg()
      .toBuffer()
    const reply = await client.ask('photos: upload', 'POST', `/api/v1/photos/assets?filename=${name}-${++count}.jpg`, {
      bytes,
    })
    if (reply.status === 200 || reply.status === 201) photos.push(createHash('sha1').update(bytes).digest('hex'))
  }

  async function search(): Promise<void> {
    const words = ['from', 'number', 'words', 'draft', 'calendar', 'renamed', name]
    await client.ask('search', 'GET', `/api/v1/search?q=${random.pick(words)}%20${1 + random.below(30)}`)
  }

  const acts: Act[] = [
    { weight: 2, run: book },
    { weight: 2, run: async () => void (await client.ask('meet: list', 'GET', '/api/v1/meet/rooms')) },
    { weight: 1, run: upload },
    { weight: 2, run: async () => void (await client.ask('photos: list', 'GET', '/api/v1/photos/timeline')) },
    { weight: 3, run: search },
  ]
  return { acts, rooms, photos }
}
