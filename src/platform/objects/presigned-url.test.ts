import assert from 'node:assert/strict'
import { test } from 'node:test'
import { presignUrl } from './presigned-url.ts'

const signer = {
  region: 'us-east-1',
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
}
const at = new Date('2013-05-24T00:00:00Z')
const url = new URL('https://examplebucket.s3.amazonaws.com/test.txt')

test('the signature is that of the example in the documentation of Amazon S3', () => {
  assert.equal(
    presignUrl(url, signer, { expiresSeconds: 86_400, at }),
    'https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256' +
      '&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request' +
      '&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host' +
      '&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404',
  )
})

test('parameters are part of what is signed, encoded as RFC 3986 says', () => {
  const withName = new URL(
    `${url}?response-content-disposition=${encodeURIComponent(`attachment; filename="a'(1).txt"`)}`,
  )
  const signed = presignUrl(withName, signer, { expiresSeconds: 60, at })
  assert.match(
    signed,
    /&response-content-disposition=attachment%3B%20filename%3D%22a%27%281%29.txt%22&X-Amz-Signature=/,
  )
  assert.notEqual(signed.slice(-64), presignUrl(url, signer, { expiresSeconds: 60, at }).slice(-64))
})

test('it lasts a week at most', () => {
  for (const expiresSeconds of [0, -1, 1.5, 604_801]) {
    assert.throws(() => presignUrl(url, signer, { expiresSeconds, at }), RangeError)
  }
})
