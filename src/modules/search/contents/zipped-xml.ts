import { XMLParser } from 'fast-xml-parser'
import { type Entry, fromBuffer, type ZipFile } from 'yauzl'
import type { ContentKind } from './content-kind.ts'

/** Of one file within, unpacked. */
const maxXmlBytes = 20 * 1024 * 1024
const maxEntries = 5000

/** The files of each format that hold what people read. */
const parts: Readonly<Partial<Record<ContentKind, RegExp>>> = {
  word: /^word\/(document|footnotes|endnotes|comments|header\d*|footer\d*)\.xml$/,
  sheet: /^xl\/(sharedStrings|worksheets\/sheet\d+)\.xml$/,
  slides: /^ppt\/(slides\/slide|notesSlides\/notesSlide)\d+\.xml$/,
  open_document: /^content\.xml$/,
}

/** The text of a document that is XML in a zip: Office Open XML (ECMA-376) or OpenDocument (ISO/IEC 26300). */
export async function textOfZippedXml(bytes: Buffer, kind: ContentKind, maxLength: number): Promise<string> {
  const wanted = parts[kind]
  if (!wanted) return ''
  let text = ''
  for (const xml of await filesOf(bytes, wanted)) {
    if (text.length >= maxLength) break
    text += `${textOfXml(xml, maxLength - text.length)}\n`
  }
  return text
}

/** In the order of their names, slides and sheets by their numbers. */
async function filesOf(bytes: Buffer, wanted: RegExp): Promise<Buffer[]> {
  const files: { name: string; bytes: Buffer }[] = []
  const zip = await opened(bytes)
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  zip.on('entry', (entry: Entry) => {
    const isWanted = wanted.test(entry.fileName) && entry.uncompressedSize <= maxXmlBytes
    if (!isWanted) return zip.entriesRead < maxEntries ? zip.readEntry() : resolve()
    zip.openReadStream(entry, (error, stream) => {
      if (error) return reject(error)
      stream.toArray().then((chunks) => {
        files.push({ name: entry.fileName, bytes: Buffer.concat(chunks) })
        zip.readEntry()
      }, reject)
    })
  })
  zip.on('end', resolve)
  zip.on('error', reject)
  zip.readEntry()
  await promise
  return files.sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true })).map((file) => file.bytes)
}

function opened(bytes: Buffer): Promise<ZipFile> {
  const { promise, resolve, reject } = Promise.withResolvers<ZipFile>()
  fromBuffer(bytes, { lazyEntries: true, validateEntrySizes: true }, (error, zip) =>
    error ? reject(error) : resolve(zip),
  )
  return promise
}

// Numbers stay as they are written, and no entity that a document declares is expanded.
const parser = new XMLParser({ preserveOrder: true, parseTagValue: false, trimValues: false, processEntities: false })

/** After these a new line begins, or a new cell. */
const breaks = /^(w:p|w:br|w:tab|a:p|a:br|text:p|text:h|text:tab|text:s|text:line-break|table:table-cell|row|c|si)$/
/** In spreadsheets the text of a cell; its number in the list of strings is of no use. */
const hidden = /^(v|f|w:instrText|office:annotation-end)$/

type XmlNode = Record<string, XmlNode[] | string | number>

function textOfXml(xml: Buffer, maxLength: number): string {
  let text = ''
  const walk = (nodes: readonly XmlNode[]): void => {
    for (const node of nodes) {
      if (text.length > maxLength) return
      for (const [name, value] of Object.entries(node)) {
        if (name === '#text') text += String(value)
        else if (Array.isArray(value) && !hidden.test(name)) walk(value)
        if (breaks.test(name)) text += '\n'
      }
    }
  }
  walk(parser.parse(xml) as XmlNode[])
  return unescaped(text.slice(0, maxLength))
}

const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

/** XML 1.0 §4.6 and §4.1. */
const unescaped = (text: string): string =>
  text.replace(/&(?:#x([\da-f]{1,6})|#(\d{1,7})|(amp|lt|gt|quot|apos));/gi, (whole, hex, decimal, name) => {
    if (name) return named[name.toLowerCase()] ?? whole
    const code = Number.parseInt(hex ?? decimal, hex ? 16 : 10)
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole
  })
