import type { ServerResponse } from 'node:http'
import sharp from 'sharp'
import type { Blobs } from './files/blobs.ts'
import { hasPreview } from './files/file-properties.ts'
import type { FileNode } from './files/tree.ts'

const maxSide = 4096

/** `/index.php/core/preview?fileId=…&x=…&y=…&a=1`: `a` keeps the proportions, without it the picture is cropped. */
export async function sendPreview(
  response: ServerResponse,
  options: { node: FileNode | undefined; query: URLSearchParams; blobs: Blobs },
): Promise<void> {
  const { node, query, blobs } = options
  const side = (name: string) => Math.min(maxSide, Math.max(1, Number(query.get(name) ?? 32) || 32))
  if (!node?.blob || !hasPreview(node.name)) return void response.writeHead(404).end()
  try {
    const picture = await sharp(blobs.path(node.blob), { limitInputPixels: 50_000_000 })
      .rotate()
      .resize(side('x'), side('y'), { fit: query.get('a') === '1' ? 'inside' : 'cover', withoutEnlargement: true })
      .jpeg({ quality: 80 })
      .toBuffer()
    const headers = {
      'content-type': 'image/jpeg',
      'content-length': picture.length,
      'cache-control': 'private, max-age=86400',
    }
    response.writeHead(200, headers).end(picture)
  } catch {
    // It calls itself a picture and is none.
    response.writeHead(404).end()
  }
}
