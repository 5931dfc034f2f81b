import { isHarmlessValue } from './css-value.ts'

export type Declarations = {
  /** What may be shown, written anew; undefined when nothing may. */
  css: string | undefined
  /** The address of a background picture, which is no part of `css`. */
  background: string | undefined
  /** Whether they say how light or dark something is. */
  setColors: boolean
}

const maxDeclarations = 100
const maxStyleLength = 20_000

const properties = new Set(
  `align-content align-items align-self background background-clip background-color background-image
  background-origin background-position background-repeat background-size border border-bottom border-bottom-color
  border-bottom-left-radius border-bottom-right-radius border-bottom-style border-bottom-width border-collapse
  border-color border-left border-left-color border-left-style border-left-width border-radius border-right
  border-right-color border-right-style border-right-width border-spacing border-style border-top border-top-color
  border-top-left-radius border-top-right-radius border-top-style border-top-width border-width box-shadow box-sizing
  caption-side clear color column-gap direction display empty-cells flex flex-basis flex-direction flex-grow flex-shrink
  flex-wrap float font font-family font-size font-style font-variant font-weight gap height justify-content
  letter-spacing line-height list-style-position list-style-type margin margin-bottom margin-left margin-right
  margin-top max-height max-width min-height min-width object-fit opacity order outline overflow overflow-wrap
  overflow-x overflow-y padding padding-bottom padding-left padding-right padding-top row-gap table-layout text-align
  text-decoration text-decoration-color text-decoration-line text-decoration-style text-indent text-overflow
  text-shadow text-transform unicode-bidi vertical-align visibility white-space width word-break word-spacing
  word-wrap -webkit-text-size-adjust -ms-text-size-adjust text-size-adjust`.split(/\s+/),
)

/**
 * The declarations of a style attribute or rule that may be shown. One passes when its property is listed and its
 * value consists of harmless tokens only; the address of a background picture is taken out and answered beside them.
 */
export function harmlessDeclarations(style: string): Declarations {
  const kept: string[] = []
  let background: string | undefined
  let setColors = false
  for (const declaration of splitDeclarations(cut(style))) {
    const colon = declaration.indexOf(':')
    if (colon < 0) continue
    const property = declaration.slice(0, colon).trim().toLowerCase()
    if (!properties.has(property)) continue
    const whole = declaration.slice(colon + 1).trim()
    const picture = property === 'background' || property === 'background-image' ? pictureOf(whole) : undefined
    if (picture) background = picture.address ?? background
    const value = picture ? picture.rest : whole
    if (!isHarmlessValue(value)) continue
    kept.push(`${property}:${value.replaceAll('"', "'")}`)
    if (colorful.has(property) && !/^(inherit|initial|transparent|none|unset)/i.test(value)) setColors = true
  }
  return { css: kept.length > 0 ? kept.join(';') : undefined, background, setColors }
}

/** Whole declarations of as much as anybody writes. */
const cut = (style: string) =>
  style.length <= maxStyleLength ? style : style.slice(0, style.lastIndexOf(';', maxStyleLength) + 1)

const colorful = new Set(['color', 'background', 'background-color', 'background-image'])

/** A `;` within quotes or brackets ends nothing, as in `url(data:image/png;base64,…)`. */
function splitDeclarations(style: string): string[] {
  if (!style.includes('(') && !style.includes('"') && !style.includes("'")) {
    return style.split(';', maxDeclarations)
  }
  return (style.match(/(?:[^;"'()]|"[^"]*"|'[^']*'|\([^()]*(?:\([^()]*\)[^()]*)*\)|["'()])+/g) ?? []).slice(
    0,
    maxDeclarations,
  )
}

const url = /url\(\s*(?:"([^"\\<>()]*)"|'([^'\\<>()]*)'|([^"'\\<>()\s]*))\s*\)/gi

/** The address of the first picture in a value, and the value without any; undefined for a value without. */
function pictureOf(value: string): { address: string | undefined; rest: string } | undefined {
  if (!/url\(/i.test(value)) return undefined
  const [first] = value.matchAll(url)
  const address = first?.[1] ?? first?.[2] ?? first?.[3]
  return { address: address?.trim() || undefined, rest: value.replaceAll(url, ' ').replace(/\s+/g, ' ').trim() }
}
