/**
 * A video of JPEG pictures without sound: an AVI file (Multimedia Data Standards Update, 1994) with the codec MJPG, which
 * needs no encoder.
 */
export function motionJpeg(
  frames: readonly Buffer[],
  options: { width: number; height: number; perSecond: number },
): Buffer {
  const { width, height, perSecond } = options
  const largest = Math.max(...frames.map(({ length }) => length))
  const header = words([
    1_000_000 / perSecond,
    largest * perSecond,
    0,
    0x10,
    frames.length,
    0,
    1,
    largest,
    width,
    height,
    0,
    0,
    0,
    0,
  ])
  const stream = Buffer.concat([
    ...[Buffer.from('vidsMJPG'), words([0, 0, 0, 1, perSecond, 0, frames.length, largest, 0xffffffff, 0])],
    Buffer.alloc(8),
  ])
  const format = Buffer.concat([
    words([40, width, height]),
    Buffer.from([1, 0, 24, 0]),
    Buffer.from('MJPG'),
    words([width * height * 3, 0, 0, 0, 0]),
  ])
  const movie = frames.map((frame) => chunk('00dc', frame))
  let offset = 4
  const index = movie.map((one, at) => {
    const entry = Buffer.concat([Buffer.from('00dc'), words([0x10, offset, frames[at]?.length ?? 0])])
    offset += one.length
    return entry
  })
  const headers = list('hdrl', chunk('avih', header), list('strl', chunk('strh', stream), chunk('strf', format)))
  return riff('RIFF', 'AVI ', headers, list('movi', ...movie), chunk('idx1', Buffer.concat(index)))
}

function words(values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4)
  for (const [at, value] of values.entries()) bytes.writeUInt32LE(value >>> 0, at * 4)
  return bytes
}

function chunk(name: string, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from(name), words([content.length]), content, Buffer.alloc(content.length % 2)])
}

const riff = (kind: 'RIFF' | 'LIST', name: string, ...parts: readonly Buffer[]): Buffer =>
  chunk(kind, Buffer.concat([Buffer.from(name), ...parts]))
const list = (name: string, ...parts: readonly Buffer[]): Buffer => riff('LIST', name, ...parts)
