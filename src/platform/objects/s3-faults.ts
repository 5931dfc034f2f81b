import { S3ServiceException } from '@aws-sdk/client-s3'
import { AppError } from '#platform/errors.ts'

const existingBucket = ['BucketAlreadyOwnedByYou', 'BucketAlreadyExists']

const isNamed = (error: unknown, ...names: string[]) => error instanceof Error && names.includes(error.name)

/** A missing bucket is not a missing object; only an answer without a body (HEAD) leaves them alike. */
export const isObjectMissing = (error: unknown) => isNamed(error, 'NoSuchKey', 'NotFound')
export const isBucketMissing = (error: unknown) => isNamed(error, 'NoSuchBucket')
export const isBucketThere = (error: unknown) => isNamed(error, ...existingBucket)
export const isUploadMissing = (error: unknown) => isNamed(error, 'NoSuchUpload')
export const isRangeEmpty = (error: unknown) => isNamed(error, 'InvalidRange')
export const isNotImplemented = (error: unknown) => isNamed(error, 'NotImplemented')

/** What an operator needs to know of a failure: which server, what it said, what to do. */
export function describeFault(error: unknown, { endpoint, bucket }: { endpoint: string; bucket: string }): Error {
  const reason = reasonOf(error)
  if (isBucketMissing(error)) {
    return new Error(`The object store at ${endpoint} has no bucket "${bucket}": create it, or correct its name.`, {
      cause: error,
    })
  }
  if (isRefused(error)) {
    return new Error(
      `The object store at ${endpoint} refuses bucket "${bucket}" (${reason}): check the access key, its secret and rights.`,
      { cause: error },
    )
  }
  if (isUnreachable(error)) {
    return new Error(
      `The object store at ${endpoint} does not answer (${reason}): check that it runs at this address.`,
      {
        cause: error,
      },
    )
  }
  return new Error(`The object store at ${endpoint} failed (${reason}).`, { cause: error })
}

/** What a request that needed the store ends with: `object_store_unavailable` when trying again may help. */
export function toStoreFault(error: unknown, place: { endpoint: string; bucket: string }): Error {
  const fault = describeFault(error, place)
  if (!isUnreachable(error) && !isServerFault(error)) return fault
  const message = 'Stored files cannot be reached at the moment. Try again in a minute.'
  return new AppError('unavailable', 'object_store_unavailable', message, { cause: fault, retryAfterSeconds: 60 })
}

const isServerFault = (error: unknown) =>
  error instanceof S3ServiceException && ((error.$metadata.httpStatusCode ?? 0) >= 500 || error.name === 'SlowDown')

/** AccessDenied, InvalidAccessKeyId, SignatureDoesNotMatch and their kin. */
const isRefused = (error: unknown) => error instanceof S3ServiceException && error.$metadata.httpStatusCode === 403

/** Whatever comes from below HTTP: refused, reset, not resolved, timed out. */
const isUnreachable = (error: unknown) =>
  error instanceof Error &&
  !(error instanceof S3ServiceException) &&
  (isNamed(error, 'TimeoutError', 'AbortError', 'AggregateError') || 'code' in error)

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name
  return error.message && error.message !== code ? `${code}: ${error.message}` : code
}
