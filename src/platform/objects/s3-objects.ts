import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import {
  DeleteObjectCommand,
  GetObjectCommand,
  type GetObjectCommandOutput,
  HeadObjectCommand,
  ListObjectsV2Command,
  type S3Client,
} from '@aws-sdk/client-s3'
import { checkKey, checkLimit, checkPrefix, checkRange } from './object-key.ts'
import { readSource } from './object-source.ts'
import type { ByteRange, ObjectEntry, Objects } from './objects.ts'
import { presignUrl } from './presigned-url.ts'
import { createS3Client, type Place, type S3Options } from './s3-client.ts'
import { describeFault, isObjectMissing, isRangeEmpty, toStoreFault } from './s3-faults.ts'
import { probe } from './s3-probe.ts'
import { abortUploads, upload } from './s3-uploads.ts'

/**
 * Objects in one bucket of an S3 server, as AWS, RustFS, MinIO and Ceph are. Whatever the size of an object, a few parts
 * of it at most are in memory. Requests are repeated up to three times.
 */
export function createS3Objects(options: S3Options): Objects {
  const { bucket, prefix = '', log } = options
  checkPrefix(prefix)
  if (prefix && !prefix.endsWith('/')) throw new Error(`The prefix of all keys in a bucket ends in "/": ${prefix}`)
  const client = createS3Client(options)
  const { publicEndpoint } = options
  const publicClient = publicEndpoint ? createS3Client({ ...options, endpoint: publicEndpoint }) : undefined
  const placeOf = (key: string) => {
    checkKey(key)
    return { Bucket: bucket, Key: prefix + key }
  }
  const reach = <T>(work: Promise<T>): Promise<T> =>
    work.catch((error) => {
      throw toStoreFault(error, options)
    })

  return {
    async put(key, content) {
      const place = placeOf(key)
      const source = readSource(content)
      const body = Readable.from(source.chunks(), { objectMode: false })
      try {
        await upload(client, { ...place, Body: body }, log)
        return { size: source.progress.size }
      } catch (error) {
        if (source.progress.fault !== undefined) throw source.progress.fault
        throw toStoreFault(error, options)
      } finally {
        body.destroy()
        source.destroy()
      }
    },
    async get(key, range) {
      const place = placeOf(key)
      checkRange(range)
      return reach(readObject(client, place, range))
    },
    async delete(key) {
      const place = placeOf(key)
      const size = await reach(sizeOf(client, place))
      if (size === undefined) return false
      await reach(client.send(new DeleteObjectCommand(place)))
      return true
    },
    async list(keyPrefix, { after, limit = 1000 } = {}) {
      checkPrefix(keyPrefix)
      checkLimit(limit)
      const entries = await reach(
        listObjects(client, {
          Bucket: bucket,
          Prefix: prefix + keyPrefix,
          StartAfter: after === undefined ? undefined : prefix + after,
          MaxKeys: limit,
        }),
      )
      return entries.map((entry) => ({ ...entry, key: entry.key.slice(prefix.length) }))
    },
    presign: async (key, wanted) => publicClient && presignUrl(publicClient, placeOf(key), wanted),
    collectDrafts: (before) => reach(abortUploads(client, { Bucket: bucket, Prefix: prefix }, before)),
    async check() {
      try {
        await probe(client, placeOf(`probe/${randomUUID()}`), log)
      } catch (error) {
        throw describeFault(error, options)
      }
    },
  }
}

async function readObject(client: S3Client, place: Place, range: ByteRange | undefined) {
  const Range = range && `bytes=${range.start}-${range.end ?? ''}`
  try {
    const answer = await client.send(new GetObjectCommand({ ...place, Range }))
    if (!(answer.Body instanceof Readable)) throw new Error('The answer has no body.')
    return { size: wholeSize(answer), content: answer.Body }
  } catch (error) {
    if (isObjectMissing(error)) return undefined
    if (!isRangeEmpty(error)) throw error
    const size = await sizeOf(client, place)
    return size === undefined ? undefined : { size, content: Readable.from([]) }
  }
}

function wholeSize({ ContentRange, ContentLength }: GetObjectCommandOutput): number {
  const size = ContentRange === undefined ? ContentLength : Number(/\/(\d+)$/.exec(ContentRange)?.[1])
  if (size === undefined || Number.isNaN(size)) throw new Error('The answer does not say the size of the object.')
  return size
}

async function sizeOf(client: S3Client, place: Place): Promise<number | undefined> {
  try {
    return (await client.send(new HeadObjectCommand(place))).ContentLength ?? 0
  } catch (error) {
    if (isObjectMissing(error)) return undefined
    throw error
  }
}

/** A server may give fewer entries than it was asked for, and say that there are more. */
async function listObjects(client: S3Client, query: ListQuery): Promise<ObjectEntry[]> {
  const entries: ObjectEntry[] = []
  let after = query.StartAfter
  while (entries.length < query.MaxKeys) {
    const MaxKeys = query.MaxKeys - entries.length
    const page = await client.send(new ListObjectsV2Command({ ...query, StartAfter: after, MaxKeys }))
    for (const { Key, Size = 0, LastModified } of page.Contents ?? []) {
      if (Key && LastModified) entries.push({ key: Key, size: Size, modifiedAt: LastModified })
    }
    const last = page.Contents?.at(-1)?.Key
    if (!page.IsTruncated || last === undefined) break
    after = last
  }
  return entries
}

type ListQuery = { Bucket: string; Prefix: string; StartAfter: string | undefined; MaxKeys: number }
