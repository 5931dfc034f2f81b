import type { SearchDocument } from '#modules/search/index.ts'
import { childOf, type DrivePath, lineOf, nameOf } from '../drive-path.ts'
import type { Entry } from '../items/item.ts'

export const typeOf = ({ isFolder }: Pick<Entry, 'isFolder'>) => (isFolder ? 'drive.folder' : 'drive.file')

/** What a file or folder is found by. */
export function itemDocument(
  ownerId: string,
  folder: { path: DrivePath; fileId: number },
  entry: Entry,
): SearchDocument {
  const path = childOf(folder.path, entry.name)
  const id = String(entry.fileId)
  return {
    ...{ ownerId, id, type: typeOf(entry), title: entry.name, when: entry.modifiedAt, isStarred: entry.isFavorite },
    containers: lineOf(folder.path).map((one, at) => ({
      id: at === 0 ? String(folder.fileId) : `/${nameOf(one)}`,
      name: nameOf(one) || '/',
    })),
    link: `/api/v1/drive/items/${id}`,
    place: { item_id: id, path },
    ...(!entry.isFolder && {
      filename: entry.name,
      sizeBytes: entry.size,
      content: { mediaType: entry.contentType ?? '', version: entry.etag },
    }),
  }
}

/** Changes with whatever the document is made of, but for the path: that of the folder goes with it. */
export const versionOf = ({ etag, name, isFavorite, isFolder }: Entry): string =>
  // A folder's ETag changes with anything below it, its document does not.
  JSON.stringify([isFolder ? '' : etag, name, isFavorite])
