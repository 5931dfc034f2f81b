import { createDirectoryObjects } from '#platform/objects/directory-objects.ts'
import type { Objects } from '#platform/objects/objects.ts'
import { watchObjects } from '#platform/objects/watched-objects.ts'
import type { Upstreams } from '#platform/observability/upstreams.ts'
import type { AppOptions } from './platform.ts'

/** Where blobs lie, as it is configured. The client for S3 costs memory: it is loaded where it is used. */
export async function createObjects(
  { config: { objects }, secrets, log }: Pick<AppOptions, 'config' | 'secrets' | 'log'>,
  upstreams: Upstreams,
): Promise<Objects> {
  if (objects.kind === 'directory') return createDirectoryObjects(objects.directory)
  const { createS3Objects } = await import('#platform/objects/s3-objects.ts')
  const { accessKey: accessKeyId, secretKey: secretAccessKey } = secrets.s3 ?? { accessKey: '', secretKey: '' }
  return watchObjects(createS3Objects({ ...objects, accessKeyId, secretAccessKey, log }), upstreams)
}
