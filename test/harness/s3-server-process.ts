/**
 * The program of the tests' S3 server: s3rver, with what it lacks (ends and lists of multipart uploads) and what it does
 * otherwise than S3 (an object is there before it is whole) put right. Arguments: the directory that it keeps its
 * buckets in, and the port.
 */
import { createHash, randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

type StoredObject = { bucket: string; key: string; content: Buffer | Readable; metadata: object }
type Store = {
  getResourcePath(bucket: string, key: string | undefined, resource: string): string
  putMetadata(bucket: string, key: string, metadata: object, md5: string): Promise<void>
  putObject(object: StoredObject): Promise<{ size: number; md5: string }>
  putPart(bucket: string, uploadId: string, part: string, content: Readable): Promise<{ size: number; md5: string }>
}
type Server = { store: Store; callback(): RequestListener }

const require = createRequire(import.meta.url)
const S3rver: new (options: object) => Server = require('s3rver')
const [directory = '', port = '0'] = process.argv.slice(2)
const { store, callback } = bind(new S3rver({ directory, silent: true, vhostBuckets: false }))
const uploadsOf = (bucket: string) => store.getResourcePath(bucket, undefined, 'uploads')

store.putObject = async ({ bucket, key, content, metadata }) => {
  const written = await writeWhole(store.getResourcePath(bucket, key, 'object'), content)
  await store.putMetadata(bucket, key, metadata, written.md5)
  return written
}
store.putPart = async (bucket, uploadId, part, content) => {
  const path = join(uploadsOf(bucket), uploadId, part)
  const written = await writeWhole(path, content)
  await writeFile(`${path}.md5`, written.md5)
  return written
}

const answer = callback()
createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
  const bucket = pathname.split('/')[1] ?? ''
  const uploadId = searchParams.get('uploadId')
  if (request.method === 'DELETE' && uploadId !== null) {
    await rm(join(uploadsOf(bucket), uploadId), { recursive: true, force: true })
    return response.writeHead(204).end()
  }
  if (request.method === 'GET' && searchParams.has('uploads')) {
    return response.writeHead(200, { 'content-type': 'application/xml' }).end(await listUploads(bucket))
  }
  return answer(request, response)
}).listen(Number(port), '127.0.0.1')

function bind(server: Server) {
  return { store: server.store, callback: () => server.callback() }
}

async function writeWhole(path: string, content: Buffer | Readable): Promise<{ size: number; md5: string }> {
  const draft = `${path}.${randomUUID()}`
  const md5 = createHash('md5')
  let size = 0
  await mkdir(dirname(path), { recursive: true })
  await pipeline(
    content instanceof Readable ? content : Readable.from([content]),
    async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        md5.update(chunk)
        size += chunk.length
        yield chunk
      }
    },
    createWriteStream(draft),
  )
  await rename(draft, path)
  return { size, md5: md5.digest('hex') }
}

async function listUploads(bucket: string): Promise<string> {
  const directory = uploadsOf(bucket)
  const uploads = (await readdir(directory).catch(() => [])).map(async (id) => {
    const keyFile = join(directory, id, 'key')
    const [key, { mtime }] = await Promise.all([readFile(keyFile, 'utf8'), stat(keyFile)])
    return `<Upload><Key>${key}</Key><UploadId>${id}</UploadId><Initiated>${mtime.toISOString()}</Initiated></Upload>`
  })
  return `<?xml version="1.0" encoding="UTF-8"?><ListMultipartUploadsResult><IsTruncated>false</IsTruncated>${(
    await Promise.all(uploads)
  ).join('')}</ListMultipartUploadsResult>`
}
