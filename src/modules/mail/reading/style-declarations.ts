const properties = new Set(
  `background background-color border border-bottom border-bottom-color border-bottom-left-radius
  border-bottom-right-radius border-bottom-style border-bottom-width border-collapse border-color border-left
  border-left-color border-left-style border-left-width border-radius border-right border-right-color
  border-right-style border-right-width border-spacing border-style border-top border-top-color
  border-top-left-radius border-top-right-radius border-top-style border-top-width border-width box-sizing
  caption-side clear color direction display empty-cells float font font-family font-size font-style font-variant
  font-weight height letter-spacing line-height list-style-position list-style-type margin margin-bottom margin-left
  margin-right margin-top max-height max-width min-height min-width opacity overflow-wrap padding padding-bottom
  padding-left padding-right padding-top table-layout text-align text-decoration text-decoration-color
  text-decoration-line text-decoration-style text-indent text-transform unicode-bidi vertical-align visibility
  white-space width word-break word-spacing word-wrap`.split(/\s+/),
)

/** A word, number with unit, hex colour or quoted name; a separator; or a function that computes a colour or length. */
const token = /(?:(?:rgba?|hsla?|calc)\([\w .,%/*+-]*\)|[#+.-]{0,2}\w[\w.%-]*|"[\w .-]*"|'[\w .-]*'|,|\/|!)\s*/iy
const maxValueLength = 300

/**
 * The declarations of a style attribute that may be shown, written anew; undefined when none may. Nothing is repaired:
 * a declaration passes when its property is listed and its value consists of harmless tokens only, so that no escape,
 * comment, address or unknown function ever gets through.
 */
export function harmlessDeclarations(style: string): string | undefined {
  const kept: string[] = []
  for (const declaration of style.split(';')) {
    const colon = declaration.indexOf(':')
    if (colon < 0) continue
    const property = declaration.slice(0, colon).trim().toLowerCase()
    const value = declaration.slice(colon + 1).trim()
    if (properties.has(property) && isHarmless(value)) kept.push(`${property}:${value.replaceAll('"', "'")}`)
  }
  return kept.length > 0 ? kept.join(';') : undefined
}

function isHarmless(value: string): boolean {
  if (value.length > maxValueLength) return false
  token.lastIndex = 0
  let end = 0
  while (end < value.length && token.test(value)) end = token.lastIndex
  return end > 0 && end === value.length
}
