import assert from 'node:assert/strict'
import { text } from 'node:stream/consumers'
import { eventually } from '../../harness/eventually.ts'
import { contentHash } from '../acts/drive.ts'
import type { Inhabitant } from '../population.ts'
import type { World } from '../world.ts'
import { difference, type Evidence, type Finding } from './finding.ts'

const patience = { timeoutMs: 60_000, everyMs: 1000 }

type Item = { name: string; type: string; size_bytes: number }

/** Drives show what Nextcloud has, and Nextcloud has what was written. */
export async function auditDrive({ world, inhabitants }: Evidence): Promise<Finding> {
  const violations: string[] = []
  let count = 0
  for (const inhabitant of inhabitants) {
    const { name, drive } = inhabitant
    const stored = await filesOf(world, name)
    for (const [file, allowed] of drive.ledger.entries()) {
      count++
      const content = stored.get(file)?.hash ?? null
      if (!allowed.has(content)) violations.push(`${name}: "${file}" is ${content ? 'another text' : 'not there'}`)
    }
    const atNextcloud = [...stored].map(([file, { size }]) => `${file} ${size}`)
    let found: string[] = []
    const compare = async () => {
      found = difference(await shown(inhabitant), atNextcloud, ['shown', 'at Nextcloud'])
      assert.equal(found.length, 0)
    }
    await eventually(compare, patience).catch(() => violations.push(...found.map((one) => `${name}: ${one}`)))
  }
  return { promise: 'Drives are what Nextcloud has', seen: `${count} files written`, violations }
}

async function shown({ client }: Inhabitant): Promise<string[]> {
  const items: Item[] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const query: string = cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''
    const reply = await client.ask('audit: drive', 'GET', `/api/v1/drive/items?path=/&limit=200${query}`)
    items.push(...reply.body.items)
    cursor = reply.body.next_cursor
  }
  return items.filter(({ type }) => type === 'file').map((item) => `${item.name} ${item.size_bytes}`)
}

async function filesOf({ nextcloud }: World, uid: string): Promise<Map<string, { size: number; hash: string }>> {
  const { tree, blobs } = nextcloud.files
  const files = new Map<string, { size: number; hash: string }>()
  for (const node of tree.childrenOf(tree.rootOf(uid))) {
    if (node.isFolder || !node.blob) continue
    files.set(node.name, { size: node.size, hash: contentHash(Buffer.from(await text(blobs.read(node.blob)))) })
  }
  return files
}
