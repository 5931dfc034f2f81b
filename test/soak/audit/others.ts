import type { Inhabitant } from '../population.ts'
import { addressOf, type World } from '../world.ts'
import type { Evidence, Finding } from './finding.ts'

/** Rooms, photos and drafts that were taken are there. */
export async function auditOthers({ world, inhabitants }: Evidence): Promise<Finding> {
  const violations: string[] = []
  const counts = { rooms: 0, photos: 0, drafts: 0 }
  for (const inhabitant of inhabitants) {
    const { name, other, mail } = inhabitant
    counts.rooms += other.rooms.length
    counts.photos += other.photos.length
    counts.drafts += mail.drafts.present().length
    const rooms = new Set(await allOf<{ id: string }>(inhabitant, '/api/v1/meet/rooms?limit=100', ({ id }) => id))
    for (const id of other.rooms) if (!rooms.has(id)) violations.push(`${name}: the room ${id} is not there`)
    const photos = photosOf(world, name)
    for (const hash of other.photos) if (!photos.has(hash)) violations.push(`${name}: the photo ${hash} is not there`)
    violations.push(...(await wrongDrafts(inhabitant)))
  }
  const seen = Object.entries(counts).map(([what, count]) => `${count} ${what}`)
  return { promise: 'Rooms, photos and drafts that were taken are there', seen: seen.join(', '), violations }
}

async function allOf<T>({ client }: Inhabitant, path: string, of: (item: T) => string): Promise<string[]> {
  const found: string[] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const query: string = cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''
    const { body } = await client.ask('audit: list', 'GET', path + query)
    found.push(...body.items.map(of))
    cursor = body.next_cursor
  }
  return found
}

/** Checksums, in hexadecimal. */
function photosOf({ immich }: World, name: string): Set<string> {
  const { users, assets } = immich.records
  const owner = users.find(({ email }) => email === addressOf(name))
  const own = Object.values(assets).filter(({ ownerId }) => ownerId === owner?.id)
  return new Set(own.map(({ checksum }) => Buffer.from(checksum, 'base64').toString('hex')))
}

async function wrongDrafts({ name, client, mail }: Inhabitant): Promise<string[]> {
  const wrong: string[] = []
  for (const [id, allowed] of mail.drafts.entries()) {
    const { status, body } = await client.ask('audit: draft', 'GET', `/api/v1/mail/drafts/${id}`)
    const text = status === 200 ? String(body.text).trim() : null
    if (!allowed.has(text)) wrong.push(`${name}: the draft ${id} is "${text}", not ${[...allowed].join(' or ')}`)
  }
  return wrong
}
