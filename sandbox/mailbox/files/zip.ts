import { crc32 } from 'node:zlib'

export type ZipEntry = { name: string; content: Buffer }

const storedVersion = 20
/** General purpose bit 11: the name is UTF-8. */
const utf8Names = 0x0800
/** 1 January 2026, 00:00, as MS-DOS writes it. */
const dosDate = ((2026 - 1980) << 9) | (1 << 5) | 1

/** A ZIP archive whose entries are stored, not compressed (PKWARE APPNOTE 4.3). */
export function zip(entries: readonly ZipEntry[]): Buffer {
  const locals: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const entry of entries) {
    const name = Buffer.from(entry.name)
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), described(entry, name), name, entry.content])
    const place = Buffer.alloc(14)
    place.writeUInt32LE(offset, 10)
    directory.push(Buffer.from('PK\x01\x02'), uint16(storedVersion), described(entry, name), place, name)
    locals.push(local)
    offset += local.length
  }
  const central = Buffer.concat(directory)
  return Buffer.concat([...locals, central, endRecord(entries.length, central.length, offset)])
}

/** The 26 bytes that local and central headers share: version needed to extra field length. */
function described({ content }: ZipEntry, name: Buffer): Buffer {
  const fields = Buffer.alloc(26)
  fields.writeUInt16LE(storedVersion, 0)
  fields.writeUInt16LE(utf8Names, 2)
  fields.writeUInt16LE(dosDate, 8)
  fields.writeUInt32LE(crc32(content), 10)
  fields.writeUInt32LE(content.length, 14)
  fields.writeUInt32LE(content.length, 18)
  fields.writeUInt16LE(name.length, 22)
  return fields
}

function endRecord(count: number, centralSize: number, centralOffset: number): Buffer {
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 0, 'latin1')
  end.writeUInt16LE(count, 8)
  end.writeUInt16LE(count, 10)
  end.writeUInt32LE(centralSize, 12)
  end.writeUInt32LE(centralOffset, 16)
  return end
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16LE(value)
  return bytes
}
