export type ContentKind = 'text' | 'html' | 'pdf' | 'word' | 'sheet' | 'slides' | 'open_document'

/** Larger files are found by their names alone. */
export const maxContentBytes = 20 * 1024 * 1024

const office = 'application/vnd.openxmlformats-officedocument.'
const kinds: Readonly<Record<string, ContentKind>> = {
  ...{ 'application/pdf': 'pdf', 'text/html': 'html', 'application/xhtml+xml': 'html' },
  [`${office}wordprocessingml.document`]: 'word',
  [`${office}wordprocessingml.template`]: 'word',
  [`${office}spreadsheetml.sheet`]: 'sheet',
  [`${office}presentationml.presentation`]: 'slides',
  ...{
    'application/json': 'text',
    'application/xml': 'text',
    'application/x-yaml': 'text',
    'application/yaml': 'text',
  },
}
const endings: Readonly<Record<string, ContentKind>> = {
  ...{ pdf: 'pdf', docx: 'word', xlsx: 'sheet', pptx: 'slides', odt: 'open_document', ods: 'open_document' },
  ...{ odp: 'open_document', txt: 'text', md: 'text', csv: 'text', html: 'html', htm: 'html' },
}

/** How the text of a file is read; undefined for files that have none. */
export function contentKindOf(mediaType: string, filename: string | null): ContentKind | undefined {
  const type = mediaType.split(';')[0]?.trim().toLowerCase() ?? ''
  if (Object.hasOwn(kinds, type)) return kinds[type]
  if (type.startsWith('application/vnd.oasis.opendocument.')) return 'open_document'
  if (type.startsWith('text/')) return 'text'
  const ending = /\.([a-z]+)$/i.exec(filename ?? '')?.[1]?.toLowerCase() ?? ''
  // What a system that does not know the type calls everything.
  if (type !== 'application/octet-stream' && type !== '') return undefined
  return Object.hasOwn(endings, ending) ? endings[ending] : undefined
}
