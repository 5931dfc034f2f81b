import { DavError, type Exchange, notFound } from '../dav-exchange.ts'
import { isPassword } from '../share-api.ts'
import { createFileMethods, type FileDeps, type FindPlace } from './file-methods.ts'
import { type Place, permissionBits, type Share } from './shares.ts'

/** `/public.php/dav/files/{token}`: what lies behind a link, for whoever knows it and its password. */
export function createLinkMethods(deps: FileDeps) {
  const { shares } = deps

  function shareOf({ path: [token = ''], request }: Exchange): Share {
    const share = shares.byToken(token)
    if (!share) throw notFound('The share')
    const [, credentials = ''] = /^Basic (\S+)$/i.exec(request.headers.authorization ?? '') ?? []
    const password = Buffer.from(credentials, 'base64')
      .toString('utf8')
      .replace(/^[^:]*:/, '')
    if (share.password !== null && !isPassword(share.password, password)) {
      throw new DavError(401, 'NotAuthenticated', 'Cannot authenticate')
    }
    return share
  }

  const findPlace: FindPlace = (exchange) => {
    const share = shareOf(exchange)
    const names = exchange.path.slice(1)
    const place = shares.placeOfLink(share)
    if ((share.permissions & permissionBits.read) !== 0) return { place, names }
    // Who may only upload sees nothing, not even that a name is taken.
    if (!['PUT', 'MKCOL', 'OPTIONS'].includes(exchange.method))
      throw new DavError(405, 'MethodNotAllowed', 'Only PUT is allowed on files drop')
    return { place, names: [...names.slice(0, -1), freeName(place, names)] }
  }

  return createFileMethods(deps, findPlace)
}

function freeName(place: Place, names: readonly string[]): string {
  const name = names.at(-1) ?? ''
  const [, stem = name, ending = ''] = /^(.+?)(\.[^.]*)?$/.exec(name) ?? []
  let free = name
  for (let count = 2; place.locate([...names.slice(0, -1), free]); count++) free = `${stem} (${count})${ending}`
  return free
}
