import { createHash, createHmac } from 'node:crypto'

export type Signer = { region: string; accessKeyId: string; secretAccessKey: string }

/**
 * Adds to an S3 URL what lets its bearer GET it until it expires: AWS Signature Version 4 in query parameters
 * (docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html). The host is part of what is signed, so a proxy
 * on the way must pass on path and Host header as they came.
 * @param url its path holds only characters that need no percent-encoding.
 * @throws RangeError unless `expiresSeconds` is a whole number from 1 to 604,800.
 */
export function presignUrl(
  url: URL,
  signer: Signer,
  { expiresSeconds, at }: { expiresSeconds: number; at: Date },
): string {
  if (!Number.isInteger(expiresSeconds) || expiresSeconds < 1 || expiresSeconds > 604_800) {
    throw new RangeError(`A presigned URL lasts from 1 to 604800 seconds, not ${expiresSeconds}.`)
  }
  const time = at.toISOString().replace(/[-:]|\.\d+/g, '')
  const scope = `${time.slice(0, 8)}/${signer.region}/s3/aws4_request`
  const query = canonicalQuery([
    ...url.searchParams,
    ['X-Amz-Algorithm', 'AWS4-HMAC-SHA256'],
    ['X-Amz-Credential', `${signer.accessKeyId}/${scope}`],
    ['X-Amz-Date', time],
    ['X-Amz-Expires', String(expiresSeconds)],
    ['X-Amz-SignedHeaders', 'host'],
  ])
  const request = ['GET', url.pathname, query, `host:${url.host}\n`, 'host', 'UNSIGNED-PAYLOAD'].join('\n')
  const digest = createHash('sha256').update(request).digest('hex')
  const signature = hmac(signingKey(signer, scope), ['AWS4-HMAC-SHA256', time, scope, digest].join('\n')).toString(
    'hex',
  )
  return `${url.origin}${url.pathname}?${query}&X-Amz-Signature=${signature}`
}

function canonicalQuery(parameters: readonly (readonly [string, string])[]): string {
  return parameters
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join('&')
}

/** RFC 3986 percent-encoding: encodeURIComponent leaves five reserved characters as they are. */
const encode = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)

const signingKey = (signer: Signer, scope: string) =>
  scope.split('/').reduce<Buffer>((key, part) => hmac(key, part), Buffer.from(`AWS4${signer.secretAccessKey}`))

const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest()
