import type { Readable } from 'node:stream'
import { AbortMultipartUploadCommand, ListMultipartUploadsCommand, type S3Client } from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import type { Logger } from '#platform/observability/log.ts'
import type { Place } from './s3-client.ts'
import { isNotImplemented, isUploadMissing } from './s3-faults.ts'

/** The least that S3 takes. With 10,000 parts, its maximum, an object may have 48 GiB. */
const partBytes = 5 * 1024 * 1024
const partsAtOnce = 2

/** Up to one part in a single request; more in parts, which are removed when any of them fails. */
export async function upload(client: S3Client, params: Place & { Body: Readable }, log: Logger): Promise<void> {
  // Left to itself, a failed removal of the parts would hide the reason of the failure.
  const work = new Upload({ client, params, partSize: partBytes, queueSize: partsAtOnce, leavePartsOnError: true })
  try {
    await work.done()
  } catch (error) {
    if (work.uploadId !== undefined) {
      const { Bucket, Key } = params
      await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId: work.uploadId })).catch((failure) => {
        log.warn({ key: Key, err: failure }, 'parts of a failed upload stay until drafts are collected')
      })
    }
    throw error
  }
}

/** Ends the multipart uploads that were begun before `before`. @returns how many; 0 where the server cannot list them. */
export async function abortUploads(
  client: S3Client,
  place: { Bucket: string; Prefix: string },
  before: Date,
): Promise<number> {
  let aborted = 0
  for await (const { Key, UploadId, Initiated } of listUploads(client, place)) {
    if (!Key || !UploadId || !Initiated || Initiated >= before) continue
    await client.send(new AbortMultipartUploadCommand({ Bucket: place.Bucket, Key, UploadId })).catch((error) => {
      if (!isUploadMissing(error)) throw error
    })
    aborted += 1
  }
  return aborted
}

async function* listUploads(client: S3Client, place: { Bucket: string; Prefix: string }) {
  let markers: { KeyMarker?: string; UploadIdMarker?: string | undefined } = {}
  for (;;) {
    const page = await client.send(new ListMultipartUploadsCommand({ ...place, ...markers })).catch((error) => {
      if (!isNotImplemented(error)) throw error
    })
    yield* page?.Uploads ?? []
    if (!page?.IsTruncated || !page.NextKeyMarker) return
    markers = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker }
  }
}
