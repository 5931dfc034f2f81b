/** Pictures drawn by code, 1200 by 800, as SVG. `phase` makes two of a kind differ. */
export type Scene = (phase: number) => string
export type Face = { x: number; y: number; size: number; skin: string; hair: string; shirt: string }

const [width, height] = [1200, 800]

const picture = (sky: readonly [string, string], ...parts: readonly string[]): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">` +
  `<defs><linearGradient id="sky" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="${sky[0]}"/>` +
  `<stop offset="1" stop-color="${sky[1]}"/></linearGradient></defs>` +
  `<rect width="${width}" height="${height}" fill="url(#sky)"/>${parts.join('')}</svg>`

const circle = (x: number, y: number, radius: number, fill: string) =>
  `<circle cx="${x}" cy="${y}" r="${radius}" fill="${fill}"/>`
const box = (x: number, y: number, w: number, h: number, fill: string) =>
  `<rect x="${x}" y="${y}" width="${w}" height="${h}" fill="${fill}"/>`
const shape = (points: readonly (readonly [number, number])[], fill: string) =>
  `<polygon points="${points.map((point) => point.join(',')).join(' ')}" fill="${fill}"/>`

/** A line of hills from the left to the right, filled below. */
const hills = (base: number, size: number, phase: number, fill: string) => {
  const ridge = Array.from({ length: 61 }, (_, step): [number, number] => {
    const wave = Math.sin(step / 5 + phase) + 0.5 * Math.sin(step / 2.3 + 2 * phase)
    return [step * 20, Math.round(base - size * wave)]
  })
  return shape([[0, height], ...ridge, [width, height]], fill)
}
const waves = (from: number, phase: number, fill: string) =>
  [0, 1, 2, 3].map((row) => hills(from + row * 45, 6, phase * (row + 1), fill)).join('')
const tree = (x: number, y: number, size: number, fill: string) =>
  box(x - size / 12, y, size / 6, size / 2, '#5b3a21') +
  shape(
    [
      [x - size / 2, y],
      [x, y - size],
      [x + size / 2, y],
    ],
    fill,
  )

export const sunset: Scene = (phase) =>
  picture(
    ['#3b2f6b', '#ff9a56'],
    circle(300 + 120 * phase, 470, 90, '#ffe08a'),
    box(0, 500, width, 300, '#23466e'),
    waves(540, phase, '#2d5a86'),
    box(280 + 120 * phase, 520, 40, 260, '#ffb36b55'),
  )
export const beach: Scene = (phase) =>
  picture(
    ['#57b6ee', '#cdeefb'],
    circle(980, 140, 70, '#fff3b0'),
    box(0, 400, width, 170, '#1f8fbf'),
    waves(430, phase, '#2ba3d4'),
    box(0, 570, width, 230, '#f1dca7'),
    shape(
      [
        [300, 560],
        [420, 420],
        [540, 560],
      ],
      '#e4572e',
    ),
    box(416, 540, 8, 160, '#8a5a2b'),
  )
export const mountains: Scene = (phase) =>
  picture(
    ['#8fc1ea', '#eef6fb'],
    hills(420, 120, phase + 1, '#8795a8'),
    hills(540, 90, phase + 3, '#5d7f63'),
    hills(690, 50, phase, '#3f6b45'),
  )
export const forest: Scene = (phase) =>
  picture(
    ['#d7ecd9', '#8cb98f'],
    ...Array.from({ length: 16 }, (_, at) =>
      tree(
        60 + at * 76,
        520 + 60 * Math.sin(at * 2 + phase),
        190 + 60 * Math.cos(at + phase),
        at % 2 ? '#2f6b3a' : '#3f8047',
      ),
    ),
    box(0, 680, width, 120, '#4f7a3d'),
  )
export const night: Scene = (phase) =>
  picture(
    ['#060b24', '#1b2a57'],
    circle(960, 130, 50, '#f4f1d6'),
    ...Array.from({ length: 12 }, (_, at) => {
      const [x, tall] = [at * 100 + 10, 200 + 140 * Math.abs(Math.sin(at * 1.7 + phase))]
      const lights = Array.from(
        { length: Math.floor(tall / 45) },
        (_, row) =>
          box(x + 14, 760 - tall + row * 45, 18, 22, '#ffd76a') +
          box(x + 50, 760 - tall + row * 45, 18, 22, (at + row) % 3 ? '#ffd76a' : '#33406b'),
      )
      return box(x, 740 - tall, 82, tall + 60, '#101935') + lights.join('')
    }),
  )
export const snow: Scene = (phase) =>
  picture(
    ['#b9cbe0', '#f4f8fc'],
    hills(560, 60, phase, '#ffffff'),
    tree(300, 560, 210, '#3e6b57'),
    tree(860, 600, 170, '#3e6b57'),
    ...Array.from({ length: 60 }, (_, at) =>
      circle((at * 197 + phase * 40) % width, (at * 131) % height, 5, '#ffffff'),
    ),
  )
export const tram: Scene = (phase) =>
  picture(
    ['#a8d3ef', '#f7e9d0'],
    ...[0, 1, 2, 3, 4, 5].map(
      (at) =>
        box(
          at * 200,
          140 + 50 * ((at + phase) % 3),
          196,
          520,
          ['#e8b4a0', '#f2e2c4', '#c9d9e8'][(at + phase) % 3] ?? '#ccc',
        ) +
        box(at * 200 + 40, 260, 40, 70, '#55708a') +
        box(at * 200 + 120, 260, 40, 70, '#55708a'),
    ),
    box(0, 640, width, 160, '#7d7a75'),
    box(300 + 90 * phase, 440, 420, 210, '#f0c419'),
    box(330 + 90 * phase, 470, 360, 80, '#334'),
    circle(400 + 90 * phase, 660, 34, '#222'),
    circle(620 + 90 * phase, 660, 34, '#222'),
  )
export const garden: Scene = (phase) =>
  picture(
    ['#bfe3f5', '#e9f7e4'],
    box(0, 420, width, 380, '#76b25a'),
    ...Array.from({ length: 40 }, (_, at) => {
      const [x, y] = [(at * 149 + phase * 60) % width, 470 + ((at * 83) % 300)]
      return (
        box(x - 3, y, 6, 50, '#3c7a35') +
        circle(x, y, 18, ['#e4405f', '#ffd23f', '#ffffff', '#9b5de5'][at % 4] ?? '#fff')
      )
    }),
  )
export const balloons: Scene = (phase) =>
  picture(
    ['#6ec3f4', '#fdf2d8'],
    hills(700, 30, phase, '#7da35b'),
    ...[0, 1, 2].map((at) => {
      const [x, y] = [240 + at * 340, 220 + 90 * ((at + phase) % 2)]
      return (
        circle(x, y, 110, ['#e63946', '#f4a261', '#457b9d'][at] ?? '#888') +
        box(x - 26, y + 150, 52, 40, '#6b4226') +
        shape(
          [
            [x - 60, y + 92],
            [x - 24, y + 150],
            [x + 24, y + 150],
            [x + 60, y + 92],
          ],
          '#c9b79c',
        )
      )
    }),
  )
/** People in front of a wall; where their faces are is theirs to say. */
export const portrait = (faces: readonly Face[], wall = '#d9c9b0'): string =>
  picture(
    [wall, '#ffffff'],
    ...faces.map(
      ({ x, y, size, skin, hair, shirt }) =>
        shape(
          [
            [x - size, height],
            [x - size * 0.8, y + size * 0.9],
            [x + size * 0.8, y + size * 0.9],
            [x + size, height],
          ],
          shirt,
        ) +
        circle(x, y - size * 0.18, size * 0.62, hair) +
        circle(x, y, size * 0.52, skin) +
        circle(x - size * 0.2, y - size * 0.05, size * 0.06, '#222') +
        circle(x + size * 0.2, y - size * 0.05, size * 0.06, '#222') +
        `<path d="M ${x - size * 0.2} ${y + size * 0.2} Q ${x} ${y + size * 0.38} ${x + size * 0.2} ${y + size * 0.2}" stroke="#933" stroke-width="${size * 0.05}" fill="none"/>`,
    ),
  )
