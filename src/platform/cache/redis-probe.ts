import { Redis } from 'ioredis'

const timeoutMs = 3000

/**
 * Writes, reads and takes a value by a connection of its own.
 * @returns the version of the server. @throws Error that says what it answered, or that it did not.
 */
export async function probeRedis(url: string): Promise<string> {
  const client = new Redis(url, {
    lazyConnect: true,
    retryStrategy: () => null,
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs,
  })
  let reason: Error | undefined
  client.on('error', (error) => {
    reason ??= error
  })
  try {
    await client.connect()
    const key = `ulti:probe:${crypto.randomUUID()}`
    await client.set(key, 'probe', 'EX', 10)
    if ((await client.getdel(key)) !== 'probe') throw new Error('what was written could not be read back')
    return /^redis_version:(\S+)/m.exec(await client.info('server'))?.[1] ?? 'of unknown version'
  } catch (error) {
    // The client's own words for a refused connection are "Connection is closed."
    throw reason ?? error
  } finally {
    client.disconnect()
  }
}
