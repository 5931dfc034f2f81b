import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from './free-port.ts'
import { spawnOwned, untilReady } from './owned-process.ts'
import { createTempDir } from './temp-dir.ts'

const modules = ['mpm_event', 'authz_core', 'dav', 'dav_fs', 'mime', 'setenvif']

/** Debian's Apache with mod_dav: WebDAV at `/`, for anybody. `root` is the folder that it shows. */
export async function startApache() {
  const [files, port] = [await createTempDir('apache'), await freePort()]
  const at = (name: string) => join(files.path, name)
  const root = at('files')
  // It serves nothing as root: whoever it becomes then has to write there.
  const isRoot = process.getuid?.() === 0
  for (const folder of [root, at('locks')]) {
    mkdirSync(folder)
    chmodSync(folder, 0o777)
  }
  chmodSync(files.path, 0o755)
  writeFileSync(at('apache.conf'), configOf({ files: files.path, port, root, isRoot }))
  const apache = await spawnOwned('apache2', ['-f', at('apache.conf'), '-DFOREGROUND'])
  const url = `http://127.0.0.1:${port}`
  await untilReady(apache, async () => {
    const { status } = await fetch(url, { method: 'OPTIONS' })
    if (status !== 200) throw new Error(`Apache answered ${status}.`)
  })
  return {
    url,
    root,
    async close(): Promise<void> {
      await apache.kill()
      await files.remove()
    },
  }
}

const configOf = (options: { files: string; port: number; root: string; isRoot: boolean }): string => `
ServerRoot ${options.files}
ServerName 127.0.0.1
Listen 127.0.0.1:${options.port}
PidFile ${options.files}/apache.pid
ErrorLog ${options.files}/error.log
${modules.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`).join('\n')}
${options.isRoot ? 'User www-data\nGroup www-data' : ''}
TypesConfig /etc/mime.types
DocumentRoot ${options.root}
DavLockDB ${options.files}/locks/lock
<Directory ${options.root}>
  Dav On
  DavDepthInfinity On
  Require all granted
</Directory>
`
