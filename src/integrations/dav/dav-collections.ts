import { discard } from '#integrations/upstream/upstream-http.ts'
import { AppError } from '#platform/errors.ts'
import type { DavClient } from './dav-client.ts'
import type { DavPath } from './dav-path.ts'
import type { DavResource } from './multistatus.ts'
import { type Xml, type XmlName, xml, xmlDocument } from './xml.ts'

/** What changed in a collection. `etag` is undefined only for a server that does not say. */
export type CollectionChanges = {
  changed: readonly { path: DavPath; etag: string | undefined }[]
  /** Told as gone. Nextcloud says so too of what was deleted and made anew since: ask for these as well. */
  removed: readonly DavPath[]
  /** Everything is in `changed`: what is not named there is gone. */
  isWhole: boolean
  syncToken: string
}

export type Sharing = { principal: string; access: 'read' | 'read_write' | 'none' }

/** Nextcloud answers each in the time of one; a server must still be able to read the request. */
const multigetSize = 200

/** What calendars and address books have in common: flat collections of objects that are kept in step and shared. */
export function createDavCollections(dav: DavClient) {
  async function syncCollection(path: DavPath, syncToken: string | undefined): Promise<CollectionChanges> {
    // Without d:limit: on a delta Nextcloud cuts the answer off and gives the token of the end.
    const body = xmlDocument(
      'd:sync-collection',
      {},
      xml('d:sync-token', {}, syncToken ?? ''),
      xml('d:sync-level', {}, '1'),
      xml('d:prop', {}, xml('d:getetag')),
    )
    const answer = await dav.report(path, body)
    const objects = answer.resources.filter((one) => one.path !== path && `${one.path}/` !== path)
    return {
      changed: objects.filter(isThere).map((one) => ({ path: one.path, etag: etagOf(one) })),
      removed: objects.filter((one) => !isThere(one)).map((one) => one.path),
      isWhole: syncToken === undefined,
      syncToken: answer.syncToken ?? '',
    }
  }

  return {
    /**
     * What changed since a token, or everything without one or with one that the server does not know any more (RFC 6578
     * §3.2). A token of the future, as after a restore of the server, answers nothing new: reconcile now and then.
     */
    async changesSince(path: DavPath, syncToken: string | undefined): Promise<CollectionChanges> {
      try {
        return await syncCollection(path, syncToken)
      } catch (error) {
        if (syncToken === undefined || !isRefusedToken(error)) throw error
        return syncCollection(path, undefined)
      }
    },

    /**
     * Objects by their paths, with `content` among other properties; those that are not there any more are missing.
     * @param report `cal:calendar-multiget` or `card:addressbook-multiget`
     */
    async *multiget(
      path: DavPath,
      options: { report: XmlName; content: Xml; paths: readonly DavPath[] },
    ): AsyncGenerator<readonly DavResource[]> {
      const { report, content, paths } = options
      for (let at = 0; at < paths.length; at += multigetSize) {
        const hrefs = await Promise.all(paths.slice(at, at + multigetSize).map(dav.destinationOf))
        const body = xmlDocument(
          report,
          {},
          xml('d:prop', {}, xml('d:getetag'), content),
          ...hrefs.map((href) => xml('d:href', {}, href)),
        )
        const { resources } = await dav.report(path, body, { depth: '1' })
        yield resources.filter(isThere)
      }
    },

    /** Makes a calendar by MKCALENDAR or, with `types`, another collection by extended MKCOL (RFC 5689). */
    async create(path: DavPath, options: { types?: readonly XmlName[]; set: readonly Xml[] }): Promise<void> {
      const { types, set } = options
      if (!types) {
        const body = xmlDocument('cal:mkcalendar', {}, xml('d:set', {}, xml('d:prop', {}, ...set)))
        return void (await dav.mkcol(path, { method: 'MKCALENDAR', body }))
      }
      const type = xml('d:resourcetype', {}, ...types.map((name) => xml(name)))
      await dav.mkcol(path, { body: xmlDocument('d:mkcol', {}, xml('d:set', {}, xml('d:prop', {}, type, ...set))) })
    },

    /** Shares with people of the same Nextcloud; `principal` is `principal:principals/users/bob`. */
    async share(path: DavPath, sharings: readonly Sharing[]): Promise<void> {
      const elements = sharings.map(({ principal, access }) => {
        const href = xml('d:href', {}, principal)
        if (access === 'none') return xml('oc:remove', {}, href)
        return xml('oc:set', {}, href, ...(access === 'read_write' ? [xml('oc:read-write')] : []))
      })
      const answer = await dav.send({
        method: 'POST',
        path: dav.urlOf(path),
        headers: { 'content-type': 'application/xml; charset=utf-8' },
        body: xmlDocument('oc:share', {}, ...elements),
      })
      await discard(answer)
    },
  }
}

const isThere = (resource: DavResource): boolean => resource.status === undefined || resource.status < 400

const etagOf = (resource: DavResource): string | undefined => resource.props.get('d:getetag')?.text.trim() || undefined

/** SabreDAV answers 403, Radicale 409 for a token that it does not know. */
const isRefusedToken = (error: unknown): boolean =>
  error instanceof AppError && (error.kind === 'forbidden' || error.kind === 'conflict')
