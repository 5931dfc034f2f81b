/** What a file is to people; by which they look for it. */
export const itemKinds = [
  ...(['folder', 'image', 'video', 'audio', 'pdf', 'document', 'spreadsheet', 'presentation'] as const),
  ...(['text', 'archive', 'other'] as const),
]
export type ItemKind = (typeof itemKinds)[number]

/** Beginnings of content types, the first that fits decides. */
const beginnings: readonly (readonly [kind: ItemKind, ...beginnings: string[]])[] = [
  ['image', 'image/'],
  ['video', 'video/'],
  ['audio', 'audio/'],
  ['pdf', 'application/pdf'],
  [
    'document',
    ...['application/vnd.oasis.opendocument.text', 'application/vnd.openxmlformats-officedocument.wordprocessingml'],
    ...['application/msword', 'application/rtf', 'text/rtf'],
  ],
  [
    'spreadsheet',
    'application/vnd.oasis.opendocument.spreadsheet',
    ...['application/vnd.openxmlformats-officedocument.spreadsheetml', 'application/vnd.ms-excel', 'text/csv'],
  ],
  [
    'presentation',
    'application/vnd.oasis.opendocument.presentation',
    ...['application/vnd.openxmlformats-officedocument.presentationml', 'application/vnd.ms-powerpoint'],
  ],
  ['text', 'text/', 'application/json', 'application/xml'],
  [
    'archive',
    ...['application/zip', 'application/x-tar', 'application/gzip', 'application/x-gzip', 'application/x-bzip2'],
    ...['application/x-7z-compressed', 'application/x-rar-compressed', 'application/zstd', 'application/x-xz'],
  ],
]

export function kindOf(isFolder: boolean, contentType: string | null): ItemKind {
  if (isFolder) return 'folder'
  const found = beginnings.find(([, ...starts]) => starts.some((start) => contentType?.startsWith(start)))
  return found?.[0] ?? 'other'
}

/** The beginnings of the content types of a kind; none for folders and what is left over. */
export const contentTypesOf = (kind: ItemKind): string[] =>
  beginnings.flatMap(([named, ...starts]) => (named === kind ? starts : []))
