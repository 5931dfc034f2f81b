import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from './free-port.ts'
import { spawnOwned, untilReady } from './owned-process.ts'
import { createTempDir } from './temp-dir.ts'

export type S3TestServer = {
  endpoint: string
  /** Names of the parts of multipart uploads that neither ended nor were given up. */
  partsOf(bucket: string): Promise<string[]>
  close(): Promise<void>
}

/** A private S3 server on 127.0.0.1 with the access key `S3RVER`, whose secret is the same. */
export async function startS3TestServer(): Promise<S3TestServer> {
  const files = await createTempDir('s3')
  const port = await freePort()
  const endpoint = `http://127.0.0.1:${port}`
  const program = fileURLToPath(new URL('./s3-server-process.ts', import.meta.url))
  // s3rver makes its continuation tokens by DES.
  const server = await spawnOwned(process.execPath, ['--openssl-legacy-provider', program, files.path, String(port)])
  await untilReady(server, async () => void (await fetch(endpoint)))
  return {
    endpoint,
    partsOf: (bucket) => readdir(join(files.path, bucket, '._S3rver_uploads')).catch(() => []),
    async close() {
      await server.kill('SIGKILL')
      await files.remove()
    },
  }
}
