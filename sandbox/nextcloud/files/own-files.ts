import { notFound } from '../dav-exchange.ts'
import type { FindPlace } from './file-methods.ts'
import type { Shares } from './shares.ts'

/** `/remote.php/dav/files/{uid}`: everybody's own files. Administrators see no more than others. */
export const ownFiles =
  (shares: Shares): FindPlace =>
  ({ path: [uid = '', ...names], person }) => {
    if (uid !== person.uid) throw notFound('The principal')
    return { place: shares.placeOf(uid), names }
  }
