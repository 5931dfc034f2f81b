import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3'
import type { Logger } from '#platform/observability/log.ts'
import type { Place } from './s3-client.ts'
import { isBucketMissing, isBucketThere } from './s3-faults.ts'

const probeMilliseconds = 10_000

/** Writes, reads and deletes an object; a missing bucket is created first, if the access key may do that. */
export async function probe(client: S3Client, place: Place, log: Logger): Promise<void> {
  const abortSignal = AbortSignal.timeout(probeMilliseconds)
  try {
    await writeReadDelete(client, place, abortSignal)
  } catch (error) {
    if (!isBucketMissing(error)) throw error
    const isCreated = await createBucket(client, place.Bucket, { log, abortSignal })
    if (!isCreated) throw error
    await writeReadDelete(client, place, abortSignal)
  }
}

async function writeReadDelete(client: S3Client, place: Place, abortSignal: AbortSignal): Promise<void> {
  await client.send(new PutObjectCommand({ ...place, Body: Buffer.from(place.Key) }), { abortSignal })
  const answer = await client.send(new GetObjectCommand(place), { abortSignal })
  const content = await answer.Body?.transformToString()
  await client.send(new DeleteObjectCommand(place), { abortSignal })
  if (content !== place.Key) throw new Error('The probe object did not come back whole.')
}

/** True when it is there now; another node may create it at the same moment. */
async function createBucket(
  client: S3Client,
  bucket: string,
  { log, abortSignal }: { log: Logger; abortSignal: AbortSignal },
): Promise<boolean> {
  try {
    await client.send(new CreateBucketCommand({ Bucket: bucket }), { abortSignal })
    log.info({ bucket }, 'bucket created')
    return true
  } catch (error) {
    if (isBucketThere(error)) return true
    log.warn({ bucket, err: error }, 'bucket not created')
    return false
  }
}
