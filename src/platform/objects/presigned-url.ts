import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import type { PresignOptions } from './objects.ts'
import type { Place } from './s3-client.ts'

/**
 * A URL whose bearer may GET the object until it expires. The host is part of what is signed, so a proxy on the way must
 * pass on path and Host header as they came.
 * @param client one whose endpoint is the address that clients know; nothing is asked of it.
 * @throws RangeError unless `expiresSeconds` is a whole number from 1 to 604,800, as AWS takes it.
 */
export async function presignUrl(client: S3Client, place: Place, wanted: PresignOptions): Promise<string> {
  const { expiresSeconds, contentType, contentDisposition } = wanted
  if (!Number.isInteger(expiresSeconds) || expiresSeconds < 1 || expiresSeconds > 604_800) {
    throw new RangeError(`A presigned URL lasts from 1 to 604800 seconds, not ${expiresSeconds}.`)
  }
  const command = new GetObjectCommand({
    ...place,
    ...(contentType && { ResponseContentType: contentType }),
    ...(contentDisposition && { ResponseContentDisposition: contentDisposition }),
  })
  return getSignedUrl(client, command, { expiresIn: expiresSeconds })
}
