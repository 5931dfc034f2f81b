const formats: readonly { type: string; matches: (bytes: Buffer) => boolean }[] = [
  { type: 'image/png', matches: (bytes) => startsWith(bytes, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]) },
  { type: 'image/jpeg', matches: (bytes) => startsWith(bytes, [0xff, 0xd8, 0xff]) },
  { type: 'image/gif', matches: (bytes) => /^GIF8[79]a/.test(bytes.toString('latin1', 0, 6)) },
  { type: 'image/webp', matches: (bytes) => /^RIFF[\s\S]{4}WEBP/.test(bytes.toString('latin1', 0, 12)) },
  { type: 'image/avif', matches: (bytes) => /^ftyp(avif|avis)/.test(bytes.toString('latin1', 4, 12)) },
  { type: 'image/bmp', matches: (bytes) => startsWith(bytes, [0x42, 0x4d]) && bytes.length > 26 },
  { type: 'image/x-icon', matches: (bytes) => startsWith(bytes, [0, 0, 1, 0]) },
]

/** Bytes by which every format is known. */
export const formatBytes = 32

/** The type of an image by its first bytes, whatever its server calls it; undefined for all that browsers could run. */
export const imageTypeOf = (bytes: Buffer): string | undefined => formats.find(({ matches }) => matches(bytes))?.type

/** Declared types of images that are shown under their name. */
export const isShownImageType = (type: string): boolean =>
  /^image\/(png|x-png|p?jpe?g|gif|webp|avif|bmp|x-ms-bmp|x-icon|vnd\.microsoft\.icon)$/.test(type)

const startsWith = (bytes: Buffer, start: readonly number[]): boolean => start.every((byte, at) => bytes[at] === byte)
