import assert from 'node:assert/strict'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { CreateMultipartUploadCommand, UploadPartCommand } from '@aws-sdk/client-s3'
import { pino } from 'pino'
import { freePort } from '../../../test/harness/free-port.ts'
import { testObjects } from '../../../test/harness/objects-contract.ts'
import { startS3TestServer } from '../../../test/harness/s3-server.ts'
import { createTempDir } from '../../../test/harness/temp-dir.ts'
import { createDirectoryObjects } from './directory-objects.ts'
import { createS3Client } from './s3-client.ts'
import { createS3Objects } from './s3-objects.ts'

const log = pino({ level: 'silent' })
const credentials = { region: 'us-east-1', accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' }

testObjects('a directory', async () => {
  const { path, remove } = await createTempDir('objects')
  const directory = join(path, 'store')
  const drafts = join(directory, '.drafts')
  await writeFile(join(path, 'no-directory'), 'x')
  return {
    objects: createDirectoryObjects(directory),
    unreachable: createDirectoryObjects(join(path, 'no-directory')),
    async leaveDraft() {
      await mkdir(drafts, { recursive: true })
      await writeFile(join(drafts, 'dead.draft'), 'half')
    },
    drafts: () => readdir(drafts).catch(() => []),
    close: remove,
  }
})

testObjects('an S3 bucket', async () => {
  const server = await startS3TestServer()
  const options = { ...credentials, endpoint: server.endpoint, bucket: 'ulti', prefix: 'blobs/', log }
  const objects = createS3Objects(options)
  await objects.check()
  return {
    objects,
    unreachable: createS3Objects({ ...options, endpoint: `http://127.0.0.1:${await freePort()}` }),
    async leaveDraft() {
      const client = createS3Client(options)
      const place = { Bucket: 'ulti', Key: 'blobs/dead' }
      const { UploadId } = await client.send(new CreateMultipartUploadCommand(place))
      await client.send(new UploadPartCommand({ ...place, UploadId, PartNumber: 1, Body: Buffer.from('half') }))
      client.destroy()
    },
    drafts: () => server.partsOf('ulti'),
    close: server.close,
  }
})

test('a directory lists keys by their bytes, whether folders or not', async (context) => {
  const { path, remove } = await createTempDir('objects')
  context.after(remove)
  const objects = createDirectoryObjects(path)
  const keys = ['a-b', 'a.b', 'a/b', 'a/b.c', 'a0', 'a/-/x', 'A/z', 'a/B/c', 'ab/c/d', 'ab/c-d']
  for (const key of keys) await objects.put(key, Buffer.from('x'))
  const sorted = [...keys].sort()
  const seen = await objects.list('')
  assert.deepEqual(
    seen.map(({ key }) => key),
    sorted,
  )
  for (const [at, after] of sorted.entries()) {
    const [next] = await objects.list('', { after, limit: 1 })
    assert.equal(next?.key, sorted[at + 1])
  }
  assert.equal(await objects.presign('a-b', { expiresSeconds: 60 }), undefined)
})

suite('an S3 store', async () => {
  const server = await startS3TestServer()
  after(server.close)
  const options = { ...credentials, endpoint: server.endpoint, bucket: 'new', log }

  test('creates its bucket at the first check, and is one with what others see in it', async () => {
    const objects = createS3Objects(options)
    await assert.rejects(objects.put('early', Buffer.from('x')), /no bucket "new": create it/)
    await assert.rejects(objects.get('early'), /no bucket "new"/)
    await objects.check()
    await createS3Objects({ ...options, prefix: 'below/' }).put('key', Buffer.from('x'))
    assert.deepEqual(
      (await objects.list('')).map(({ key }) => key),
      ['below/key'],
    )
  })

  test('presigns only for clients that can reach it, and the URL reads the object', async () => {
    const wanted = {
      expiresSeconds: 60,
      contentType: 'text/plain',
      contentDisposition: `attachment; filename="it's.txt"`,
    }
    assert.equal(await createS3Objects(options).presign('key', wanted), undefined)
    const objects = createS3Objects({ ...options, publicEndpoint: `${server.endpoint}/` })
    await objects.check()
    await objects.put('signed/key', Buffer.from('content'))
    const url = (await objects.presign('signed/key', wanted)) ?? ''
    const answer = await fetch(url)
    assert.equal(await answer.text(), 'content')
    assert.equal(answer.headers.get('content-type'), 'text/plain')
    assert.equal(answer.headers.get('content-disposition'), wanted.contentDisposition)
    assert.equal(new URL(url).searchParams.get('X-Amz-Expires'), '60')
    assert.equal(new URL(url).searchParams.get('X-Amz-SignedHeaders'), 'host')
    const elsewhere = createS3Objects({ ...options, publicEndpoint: 'https://files.example.test/s3' })
    assert.match((await elsewhere.presign('a/b', wanted)) ?? '', /^https:\/\/files\.example\.test\/s3\/new\/a\/b\?/)
    await assert.rejects(objects.presign('../key', wanted), /Not an object key/)
    for (const expiresSeconds of [0, -1, 1.5, 604_801]) {
      await assert.rejects(objects.presign('key', { expiresSeconds }), RangeError)
    }
  })

  test('says which server is away, and answers requests that it is for now', async () => {
    const endpoint = `http://127.0.0.1:${await freePort()}`
    const objects = createS3Objects({ ...options, endpoint })
    await assert.rejects(objects.check(), (error: Error) => {
      assert.match(error.message, /does not answer .*ECONNREFUSED.*: check that it runs/)
      return error.message.includes(endpoint)
    })
    const unavailable = { kind: 'unavailable', code: 'object_store_unavailable' }
    await assert.rejects(objects.put('key', Buffer.from('x')), unavailable)
    await assert.rejects(objects.get('key'), unavailable)
    await assert.rejects(objects.delete('key'), unavailable)
    await assert.rejects(objects.list(''), unavailable)
  })

  test('says that the access key is refused', async () => {
    const objects = createS3Objects({ ...options, accessKeyId: 'nobody' })
    await assert.rejects(objects.check(), /InvalidAccessKeyId.*check the access key, its secret and rights/)
  })
})
