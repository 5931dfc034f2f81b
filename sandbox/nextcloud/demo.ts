import { Readable } from 'node:stream'
import type { Ports } from '../ports.ts'
import { demoUsers } from '../users.ts'
import { seedDemoCalendars } from './demo-calendars.ts'
import { demoContacts } from './demo-contacts.ts'
import type { DemoFile } from './demo-files.ts'
import { permissionBits, shareTypes } from './files/shares.ts'
import type { FileNode } from './files/tree.ts'
import { type NextcloudStandIn, startNextcloud } from './nextcloud.ts'

export const demoAdmin = { uid: 'admin', password: 'admin-secret' }

/** Nextcloud with the demo people, each with files. They exist from the start, so that they can share and be invited. */
export async function startDemoNextcloud({ ports, stateDir }: { ports: Ports; stateDir: string }) {
  const standIn = await startNextcloud({
    ...{ port: ports.nextcloud, stateDir, admin: demoAdmin },
    issuer: { url: `http://127.0.0.1:${ports.nextcloudIssuer}`, clientId: 'ultid' },
    people: demoPeople(),
  })
  const seeded = standIn.isNew ? await seedDemoFiles(standIn) : 0
  if (standIn.isNew) seedDemoCalendars(standIn, new Date())
  if (standIn.isNew) seedDemoContacts(standIn)
  return { url: `http://127.0.0.1:${ports.nextcloud}`, seeded, close: standIn.close }
}

/** As user_oidc has them. At Nextcloud's own pages their password is their name. */
const demoPeople = () =>
  demoUsers.map(({ name, fullName, email, groups }) => ({
    ...{
      uid: name,
      displayName: fullName,
      email,
      groups,
      password: name,
      backend: 'user_oidc' as const,
      quota: 5 * 1024 ** 3,
    },
  }))

function seedDemoContacts({ addressBooks }: NextcloudStandIn): void {
  for (const { name } of demoUsers) {
    const seen = addressBooks.find(name, 'contacts')
    for (const { object, vcard } of demoContacts(name)) if (seen) addressBooks.put(seen.collection, object, vcard)
  }
}

/** @returns how many files there are. */
export async function seedDemoFiles({ files }: NextcloudStandIn): Promise<number> {
  const { demoFiles } = await import('./demo-files.ts')
  const { tree, shares } = files
  let count = 0
  for (const { name } of demoUsers) {
    for (const one of demoFiles[name]) await seed(files, name, one)
    count += demoFiles[name].length
  }
  const at = (uid: string, path: string) => shares.locate(uid, path.split('/'))?.node
  const [playground, lisbon, old] = [
    at('alice', 'Playground'),
    at('alice', 'Travel/Lisbon 🇵🇹'),
    at('bob', 'Invoices/2026-02 Gravel.pdf'),
  ]
  if (playground)
    shares.add({
      type: shareTypes.user,
      owner: 'alice',
      nodeId: playground.id,
      shareWith: 'bob',
      permissions: permissionBits.all,
    })
  if (lisbon)
    shares.add({
      type: shareTypes.link,
      owner: 'alice',
      nodeId: lisbon.id,
      shareWith: null,
      permissions: permissionBits.read,
    })
  if (old) tree.trash(old, 'Invoices/2026-02 Gravel.pdf')
  return count
}

async function seed(
  { tree, blobs, versions }: NextcloudStandIn['files'],
  owner: string,
  file: DemoFile,
): Promise<void> {
  const names = file.path.normalize('NFC').split('/')
  let folder = tree.rootOf(owner)
  for (const name of names.slice(0, -1))
    folder = tree.childOf(folder, name) ?? tree.add(folder, { name, isFolder: true })
  const modified = Math.floor(Date.now() / 1000) - file.daysAgo * 86_400
  const write = async (content: () => Buffer) => blobs.write(Readable.from([content()]))
  const { blob, size } = await write(file.earlier ?? file.content)
  const at = file.earlier ? modified - 3 * 86_400 : modified
  const node: FileNode = tree.add(folder, {
    ...{ name: names.at(-1) ?? '', isFolder: false, blob, size, modified: at, created: at },
    favoriteOf: file.isFavorite ? [owner] : [],
  })
  if (!file.earlier) return
  const now = await write(file.content)
  versions.keep(node, tree.replaceContent(node, { ...now, checksum: null, modified }))
}
