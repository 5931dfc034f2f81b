import { buffer } from 'node:stream/consumers'
import yazl from 'yazl'

export const documentTypes = ['odt', 'ods', 'odp', 'docx', 'xlsx', 'pptx', 'md', 'txt'] as const
export type DocumentType = (typeof documentTypes)[number]

type Part = readonly [name: string, content: string]

const declaration = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
const office = 'http://schemas.openxmlformats.org/officeDocument/2006'
const packages = 'http://schemas.openxmlformats.org/package/2006'
const drawing = 'http://schemas.openxmlformats.org/drawingml/2006/main'

/** The least that office programs take for a document of theirs. */
export async function blankDocument(type: DocumentType): Promise<Buffer> {
  if (type === 'md' || type === 'txt') return Buffer.alloc(0)
  const zip = new yazl.ZipFile()
  for (const [name, content] of partsOf[type]()) {
    // ODF 1.3 part 2 §3.3: the type of the package comes first and is not compressed.
    zip.addBuffer(Buffer.from(content), name, { compress: name !== 'mimetype', mtime: new Date(315_532_800_000) })
  }
  zip.end()
  return buffer(zip.outputStream)
}

const partsOf: Readonly<Record<Exclude<DocumentType, 'md' | 'txt'>, () => readonly Part[]>> = {
  odt: () => openDocument('text', '<office:text><text:p/></office:text>'),
  ods: () =>
    openDocument(
      'spreadsheet',
      '<office:spreadsheet><table:table table:name="Sheet1"><table:table-column/><table:table-row><table:table-cell/></table:table-row></table:table></office:spreadsheet>',
    ),
  odp: () =>
    openDocument(
      'presentation',
      '<office:presentation><draw:page draw:name="Slide1" draw:master-page-name="Default"/></office:presentation>',
    ),
  docx: () => [
    contentTypes([['/word/document.xml', 'wordprocessingml.document.main+xml']]),
    relationships('_rels/.rels', ['officeDocument', 'word/document.xml']),
    [
      'word/document.xml',
      `${declaration}<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p/><w:sectPr/></w:body></w:document>`,
    ],
  ],
  xlsx: () => [
    contentTypes([
      ['/xl/workbook.xml', 'spreadsheetml.sheet.main+xml'],
      ['/xl/worksheets/sheet1.xml', 'spreadsheetml.worksheet+xml'],
    ]),
    relationships('_rels/.rels', ['officeDocument', 'xl/workbook.xml']),
    relationships('xl/_rels/workbook.xml.rels', ['worksheet', 'worksheets/sheet1.xml']),
    [
      'xl/workbook.xml',
      `${declaration}<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="${office}/relationships"><sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>`,
    ],
    [
      'xl/worksheets/sheet1.xml',
      `${declaration}<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData/></worksheet>`,
    ],
  ],
  pptx: presentation,
}

function openDocument(kind: 'text' | 'spreadsheet' | 'presentation', body: string): readonly Part[] {
  const type = `application/vnd.oasis.opendocument.${kind}`
  const namespaces = ['office', 'text', 'table', 'style', 'drawing:draw'].map((name) => {
    const [long = '', short = long] = name.split(':')
    return `xmlns:${short}="urn:oasis:names:tc:opendocument:xmlns:${long}:1.0"`
  })
  const root = (name: string, content: string) =>
    `${declaration}<office:${name} ${namespaces.join(' ')} office:version="1.3">${content}</office:${name}>`
  const styles =
    '<office:automatic-styles><style:page-layout style:name="Page"/></office:automatic-styles><office:master-styles><style:master-page style:name="Default" style:page-layout-name="Page"/></office:master-styles>'
  const entries = [['/', type] as const, ['content.xml', 'text/xml'] as const, ['styles.xml', 'text/xml'] as const].map(
    ([path, mediaType]) => `<manifest:file-entry manifest:full-path="${path}" manifest:media-type="${mediaType}"/>`,
  )
  return [
    ['mimetype', type],
    ['content.xml', root('document-content', `<office:body>${body}</office:body>`)],
    ['styles.xml', root('document-styles', styles)],
    [
      'META-INF/manifest.xml',
      `${declaration}<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.3">${entries.join('')}</manifest:manifest>`,
    ],
  ]
}

/** ECMA-376 part 2 §10.1.2. */
const contentTypes = (parts: readonly (readonly [path: string, type: string])[]): Part => [
  '[Content_Types].xml',
  `${declaration}<Types xmlns="${packages}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>${parts
    .map(
      ([path, type]) =>
        `<Override PartName="${path}" ContentType="application/vnd.openxmlformats-officedocument.${type}"/>`,
    )
    .join('')}</Types>`,
]

const relationships = (name: string, ...to: readonly (readonly [type: string, target: string])[]): Part => [
  name,
  `${declaration}<Relationships xmlns="${packages}/relationships">${to
    .map(
      ([type, target], at) =>
        `<Relationship Id="rId${at + 1}" Type="${office}/relationships/${type}" Target="${target}"/>`,
    )
    .join('')}</Relationships>`,
]

/** A presentation needs a slide, its layout, their master and a theme. */
function presentation(): readonly Part[] {
  const names = `xmlns:a="${drawing}" xmlns:r="${office}/relationships" xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"`
  const tree =
    '<p:cSld><p:spTree><p:nvGrpSpPr><p:cNvPr id="1" name=""/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr/></p:spTree></p:cSld>'
  const colours =
    '<p:clrMap bg1="lt1" tx1="dk1" bg2="lt2" tx2="dk2" accent1="accent1" accent2="accent2" accent3="accent3" accent4="accent4" accent5="accent5" accent6="accent6" hlink="hlink" folHlink="folHlink"/>'
  const ids =
    '<p:sldMasterIdLst><p:sldMasterId id="2147483648" r:id="rId1"/></p:sldMasterIdLst><p:sldIdLst><p:sldId id="256" r:id="rId2"/></p:sldIdLst><p:sldSz cx="12192000" cy="6858000"/><p:notesSz cx="6858000" cy="9144000"/>'
  return [
    contentTypes([
      ['/ppt/presentation.xml', 'presentationml.presentation.main+xml'],
      ['/ppt/slides/slide1.xml', 'presentationml.slide+xml'],
      ['/ppt/slideLayouts/slideLayout1.xml', 'presentationml.slideLayout+xml'],
      ['/ppt/slideMasters/slideMaster1.xml', 'presentationml.slideMaster+xml'],
      ['/ppt/theme/theme1.xml', 'theme+xml'],
    ]),
    relationships('_rels/.rels', ['officeDocument', 'ppt/presentation.xml']),
    relationships(
      'ppt/_rels/presentation.xml.rels',
      ['slideMaster', 'slideMasters/slideMaster1.xml'],
      ['slide', 'slides/slide1.xml'],
    ),
    relationships('ppt/slides/_rels/slide1.xml.rels', ['slideLayout', '../slideLayouts/slideLayout1.xml']),
    relationships('ppt/slideLayouts/_rels/slideLayout1.xml.rels', ['slideMaster', '../slideMasters/slideMaster1.xml']),
    relationships(
      'ppt/slideMasters/_rels/slideMaster1.xml.rels',
      ['slideLayout', '../slideLayouts/slideLayout1.xml'],
      ['theme', '../theme/theme1.xml'],
    ),
    ['ppt/presentation.xml', `${declaration}<p:presentation ${names}>${ids}</p:presentation>`],
    ['ppt/slides/slide1.xml', `${declaration}<p:sld ${names}>${tree}</p:sld>`],
    ['ppt/slideLayouts/slideLayout1.xml', `${declaration}<p:sldLayout ${names} type="blank">${tree}</p:sldLayout>`],
    [
      'ppt/slideMasters/slideMaster1.xml',
      `${declaration}<p:sldMaster ${names}>${tree}${colours}<p:sldLayoutIdLst><p:sldLayoutId id="2147483649" r:id="rId1"/></p:sldLayoutIdLst></p:sldMaster>`,
    ],
    ['ppt/theme/theme1.xml', theme()],
  ]
}

function theme(): string {
  const colour = (name: string, rgb: string) => `<a:${name}><a:srgbClr val="${rgb}"/></a:${name}>`
  const colours = [
    ...[colour('dk1', '000000'), colour('lt1', 'FFFFFF'), colour('dk2', '44546A'), colour('lt2', 'E7E6E6')],
    ...['4472C4', 'ED7D31', 'A5A5A5', 'FFC000', '5B9BD5', '70AD47'].map((rgb, at) => colour(`accent${at + 1}`, rgb)),
    ...[colour('hlink', '0563C1'), colour('folHlink', '954F72')],
  ]
  const font = (name: string) =>
    `<a:${name}><a:latin typeface="Arial"/><a:ea typeface=""/><a:cs typeface=""/></a:${name}>`
  const fill = '<a:solidFill><a:schemeClr val="phClr"/></a:solidFill>'
  const three = (one: string) => one.repeat(3)
  const effect = '<a:effectStyle><a:effectLst/></a:effectStyle>'
  return `${declaration}<a:theme xmlns:a="${drawing}" name="Blank"><a:themeElements><a:clrScheme name="Blank">${colours.join('')}</a:clrScheme><a:fontScheme name="Blank">${font('majorFont')}${font('minorFont')}</a:fontScheme><a:fmtScheme name="Blank"><a:fillStyleLst>${three(fill)}</a:fillStyleLst><a:lnStyleLst>${three(`<a:ln w="6350">${fill}</a:ln>`)}</a:lnStyleLst><a:effectStyleLst>${three(effect)}</a:effectStyleLst><a:bgFillStyleLst>${three(fill)}</a:bgFillStyleLst></a:fmtScheme></a:themeElements></a:theme>`
}
