import { S3Client } from '@aws-sdk/client-s3'
import type { Logger } from '#platform/observability/log.ts'

export type S3Options = {
  /** An address such as `http://rustfs:9000`. */
  endpoint: string
  region: string
  bucket: string
  accessKeyId: string
  secretAccessKey: string
  /** Where in the bucket the keys begin, such as `ulti/`; by default at its root. */
  prefix?: string | undefined
  /** The address of the same store for clients; without it no URL is ever presigned. */
  publicEndpoint?: string | undefined
  log: Logger
}

/** An object as requests name it. */
export type Place = { Bucket: string; Key: string }

/** A client as the servers that are not AWS need it; each request is tried three times at most. */
export function createS3Client({ endpoint, region, accessKeyId, secretAccessKey }: S3Options): S3Client {
  return new S3Client({
    endpoint,
    region,
    credentials: { accessKeyId, secretAccessKey },
    forcePathStyle: true,
    // RustFS and older servers do not know the trailing checksums that newer SDKs add to each body.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    maxAttempts: 3,
    retryMode: 'standard',
    requestHandler: {
      connectionTimeout: 3000,
      // A part of 5 MiB within two minutes; a stalled answer, or one that nobody reads, ends after one of silence.
      requestTimeout: 120_000,
      throwOnRequestTimeout: true,
      socketTimeout: 60_000,
    },
  })
}
