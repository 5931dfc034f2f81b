/** A sequence of numbers in [0, 1) that is the same for the same seed (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

const onsets = 'b c d f g h j k l m n p r s t v w br ch cl dr fl gr pl pr sch sh sp st th tr'.split(' ')
const vowels = 'a e i o u ai au ea ee ei ie oo ou ä ö ü'.split(' ')
const codas = ['', '', '', 'l', 'm', 'n', 'r', 's', 't', 'nd', 'ng', 'rt', 'st']

/** Made-up words as texts have them: the n-th commonest comes 1/n as often as the first (Zipf), a few are numbers. */
export function createWords(random: () => number, vocabulary = 60_000): () => string {
  const pick = <T>(list: readonly T[]): T | undefined => list[Math.floor(random() * list.length)]
  const syllable = () => `${pick(onsets)}${pick(vowels)}${pick(codas)}`
  const words = Array.from({ length: vocabulary }, (_, rank) =>
    Array.from({ length: rank < 150 ? 1 : 2 + Math.floor(random() * 2) }, syllable).join(''),
  )
  return () => {
    if (random() < 0.02) return String(Math.floor(random() * 100_000))
    return words[Math.floor(vocabulary ** random()) - 1] ?? ''
  }
}

/** Numbers around `mean` with a long tail, as sizes of mail are: e^normal with the given spread. */
export function createSizes(random: () => number): (mean: number, spread?: number) => number {
  return (mean, spread = 0.9) => {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
    return Math.round(mean * Math.exp(spread * normal - spread ** 2 / 2))
  }
}
