import { createDavCollections } from '#integrations/dav/dav-collections.ts'
import { readText } from '#integrations/dav/dav-http.ts'
import { type DavPath, davPath } from '#integrations/dav/dav-path.ts'
import { type DavResource, holds, isCollection, textOf } from '#integrations/dav/multistatus.ts'
import { xml } from '#integrations/dav/xml.ts'
import type { Nextcloud, NextcloudPerson } from '#integrations/nextcloud/nextcloud-client.ts'
import { AppError } from '#platform/errors.ts'

type Counts = Record<string, number>
/** From whom to whom; `progress` is told what is done so far. */
export type Handover = { from: string; to: string; progress: (counts: Counts) => Promise<void> }
type Report = { counts: Counts; errors: { what: string; code: string }[] }
type Pair = { giver: NextcloudPerson; taker: NextcloudPerson }

const limits = { bytes: 16 * 1024 * 1024, timeoutMs: 60_000 }
const toldEvery = 20

/**
 * Copies what is a person's at Nextcloud to somebody else: files into a folder, calendars and address books beside those
 * that they have. What is there already, from a time before that broke off, is left as it is. What is shared with the
 * person is somebody else's, and not copied.
 */
export async function transferAtNextcloud(nextcloud: Nextcloud, handover: Handover): Promise<Report> {
  const [giver, taker] = await Promise.all([nextcloud.as(handover.from), nextcloud.as(handover.to)])
  const report: Report = { counts: { files: 0, events: 0, contacts: 0 }, errors: [] }
  const copying = createCopying({ giver, taker }, handover, report)
  const root = davPath('files', taker.uid, `Transferred from ${giver.uid}`)
  await copying.failingAlone('files', () => copying.folder(davPath('files', giver.uid), root))
  await copying.failingAlone('calendars', () => copying.calendars())
  await copying.failingAlone('contacts', () => copying.addressBooks())
  return report
}

function createCopying({ giver, taker }: Pair, { progress }: Handover, report: Report) {
  const collections = createDavCollections(taker.dav)
  const suffix = `-from-${giver.uid}`

  async function failingAlone(what: string, work: () => Promise<void>): Promise<void> {
    await work().catch((error) => {
      if (!(error instanceof AppError)) throw error
      report.errors.push({ what, code: error.code })
    })
  }

  async function copied(kind: string): Promise<void> {
    const count = (report.counts[kind] ?? 0) + 1
    report.counts[kind] = count
    if (count % toldEvery === 0) await progress(report.counts)
  }

  async function folder(from: DavPath, to: DavPath): Promise<void> {
    const there = await sizesIn(to)
    if (!there) await taker.dav.mkcol(to)
    const props = ['d:resourcetype', 'd:getcontentlength', 'oc:owner-id'] as const
    for (const one of await below(giver, from, props)) {
      const owner = textOf(one, 'oc:owner-id')
      if (owner && owner !== giver.uid) continue
      const target = `${to}/${nameOf(one)}`
      await failingAlone(one.path, () =>
        isCollection(one) ? folder(withoutSlash(one.path), target) : file(one, target),
      )
    }

    async function file(one: DavResource, target: DavPath): Promise<void> {
      const size = textOf(one, 'd:getcontentlength')
      if (there?.get(nameOf(one)) !== size || size === undefined) {
        const { body } = await giver.dav.get(one.path)
        await taker.dav.put(target, body, { contentLength: size === undefined ? undefined : Number(size) })
      }
      await copied('files')
    }
  }

  /** By name; undefined where there is no such folder. */
  async function sizesIn(path: DavPath): Promise<Map<string, string | undefined> | undefined> {
    try {
      const found = await below(taker, path, ['d:resourcetype', 'd:getcontentlength'])
      return new Map(found.map((one) => [nameOf(one), textOf(one, 'd:getcontentlength')]))
    } catch (error) {
      if (error instanceof AppError && error.kind === 'not_found') return undefined
      throw error
    }
  }

  async function objects(from: DavPath, to: DavPath, what: { kind: string; type: string; make: () => Promise<void> }) {
    const there = await sizesIn(to)
    if (!there) await what.make()
    for (const one of (await below(giver, from, ['d:resourcetype'])).filter((found) => !isCollection(found))) {
      await failingAlone(one.path, async () => {
        if (!there?.has(nameOf(one))) {
          const text = await readText((await giver.dav.get(one.path)).body, limits)
          await taker.dav.put(`${to}/${nameOf(one)}`, text, { contentType: what.type })
        }
        await copied(what.kind)
      })
    }
  }

  const named = (one: DavResource) => [
    xml('d:displayname', {}, `${textOf(one, 'd:displayname') ?? nameOf(one)} (${giver.uid})`),
  ]

  return {
    failingAlone,
    folder,

    async calendars(): Promise<void> {
      const props = ['d:resourcetype', 'd:displayname', 'oc:owner-principal'] as const
      for (const one of await below(giver, davPath('calendars', giver.uid), props)) {
        if (!holds(one, 'd:resourcetype', 'cal:calendar') || !isOwn(one, giver)) continue
        const to = davPath('calendars', taker.uid, `${nameOf(one)}${suffix}`)
        const make = () => collections.create(to, { set: named(one) })
        await failingAlone(one.path, () =>
          objects(one.path, to, { kind: 'events', type: 'text/calendar; charset=utf-8', make }),
        )
      }
    },

    async addressBooks(): Promise<void> {
      const props = ['d:resourcetype', 'd:displayname', 'oc:owner-principal'] as const
      for (const one of await below(giver, davPath('addressbooks', 'users', giver.uid), props)) {
        if (!holds(one, 'd:resourcetype', 'card:addressbook') || !isOwn(one, giver)) continue
        if (isGenerated(nameOf(one))) continue
        const to = davPath('addressbooks', 'users', taker.uid, `${nameOf(one)}${suffix}`)
        const types = ['d:collection', 'card:addressbook'] as const
        const make = () => collections.create(to, { types, set: named(one) })
        await failingAlone(one.path, () =>
          objects(one.path, to, { kind: 'contacts', type: 'text/vcard; charset=utf-8', make }),
        )
      }
    },
  }
}

const withoutSlash = (path: DavPath): DavPath => path.replace(/\/$/, '')
const nameOf = ({ path }: DavResource): string => path.split('/').filter(Boolean).at(-1) ?? ''

async function below({ dav }: NextcloudPerson, path: DavPath, props: readonly string[]): Promise<DavResource[]> {
  const found = await dav.propfind(`${withoutSlash(path)}/`, { depth: '1', props })
  return found.filter((one) => withoutSlash(one.path) !== withoutSlash(path))
}

const isOwn = (one: DavResource, { uid }: NextcloudPerson): boolean => {
  const owner = textOf(one, 'oc:owner-principal')
  return !owner || withoutSlash(owner).endsWith(`/${uid}`)
}

/** Nextcloud's own address books: its accounts as contacts, and what apps make up. */
const isGenerated = (name: string): boolean => /^z-(server|app)-generated--/.test(name)
