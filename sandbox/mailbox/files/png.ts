import { crc32, deflateSync } from 'node:zlib'

export type Colour = readonly [red: number, green: number, blue: number]

/** A true-colour PNG (ISO/IEC 15948), painted pixel by pixel. */
function png(width: number, height: number, paint: (x: number, y: number) => Colour): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 2, 0, 0, 0], 8)
  const rows = Buffer.alloc(height * (1 + width * 3))
  let offset = 0
  for (let y = 0; y < height; y++) {
    offset++ // filter type 0: none
    for (let x = 0; x < width; x++) for (const channel of paint(x, y)) rows[offset++] = channel
  }
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

/** A round mark on a plain ground: the logo of an invented firm. */
export function logo(colour: Colour): Buffer {
  const ground: Colour = [255, 255, 255]
  return png(48, 48, (x, y) => {
    const distance = Math.hypot(x - 23.5, y - 23.5)
    return distance < 22 && (distance > 13 || x + y > 47) ? colour : ground
  })
}

/** A landscape of hills under a sky: the picture on top of a newsletter, or a photo. */
export function landscape(width: number, height: number, colour: Colour, phase: number): Buffer {
  const ridge = (layer: number) => (_: unknown, x: number) =>
    height * (0.45 + layer * 0.17 + 0.1 * Math.sin(x / (34 + layer * 21) + phase + layer * 2))
  const hills = [2, 1, 0].map((layer) => ({
    ridge: Array.from({ length: width }, ridge(layer)),
    colour: shade(colour, 0.95 - layer * 0.22),
  }))
  return png(width, height, (x, y) => {
    const hill = hills.find((candidate) => y > (candidate.ridge[x] ?? height))
    if (hill) return hill.colour
    const isSun = Math.hypot(x - width * 0.78, y - height * 0.25) < height * 0.13
    return isSun ? [255, 226, 130] : [214 - (y >> 2), 232 - (y >> 3), 250]
  })
}

/** Bars, one for each value in 0..1. */
export function barChart(values: readonly number[], colour: Colour): Buffer {
  const height = 120
  return png(values.length * 28 + 12, height, (x, y) => {
    const value = values[Math.floor((x - 12) / 28)] ?? 0
    const isBar = x >= 12 && (x - 12) % 28 < 20 && y > height - 8 - value * (height - 20) && y < height - 8
    return isBar ? colour : [247, 247, 247]
  })
}

function shade([red, green, blue]: Colour, factor: number): Colour {
  return [Math.round(red * factor), Math.round(green * factor), Math.round(blue * factor)]
}

function chunk(type: string, content: Buffer): Buffer {
  const frame = Buffer.alloc(12 + content.length)
  frame.writeUInt32BE(content.length, 0)
  frame.write(type, 4, 'latin1')
  frame.set(content, 8)
  frame.writeUInt32BE(crc32(frame.subarray(4, 8 + content.length)), 8 + content.length)
  return frame
}
