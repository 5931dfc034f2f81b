import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { eventually } from './eventually.ts'
import { freePort } from './free-port.ts'
import { spawnOwned } from './owned-process.ts'
import { createTempDir } from './temp-dir.ts'

export type Radicale = { url: string; close(): Promise<void> }

/** A Radicale of its own that lets everybody do everything, with calendars and address books below `/<user>/`. */
export async function startRadicale(): Promise<Radicale> {
  const [files, port] = [await createTempDir('radicale'), await freePort()]
  const config = join(files.path, 'config')
  await writeFile(
    config,
    [
      `[server]\nhosts = 127.0.0.1:${port}`,
      '[auth]\ntype = none',
      '[rights]\ntype = authenticated',
      `[storage]\nfilesystem_folder = ${join(files.path, 'collections')}`,
    ].join('\n'),
  )
  const server = await spawnOwned('radicale', ['--config', config])
  const url = `http://127.0.0.1:${port}`
  await eventually(async () => void (await fetch(url)))
  return {
    url,
    async close() {
      await server.kill()
      await files.remove()
    },
  }
}
