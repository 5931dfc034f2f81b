const maxLength = 1000
const maxDepth = 6

/** A function, brackets, a word or number with its unit or sign, a quoted name, or a separator. */
const token =
  /(?:([a-z-]+)?(\()|(\))|(?:#|[+-]?\.?)[\p{L}\p{N}_](?:[\p{L}\p{N}_.%-])*|-{1,2}[\p{L}_][\p{L}\p{N}_-]*|"[\p{L}\p{N}_ .&+-]*"|'[\p{L}\p{N}_ .&+-]*'|[,/!]|([*+-]))\s*/iuy

/** They compute colours, lengths and pictures made of colours; none of them loads or reads anything. */
const functions = new Set(
  `rgb rgba hsl hsla hwb lab lch oklab oklch calc min max clamp linear-gradient radial-gradient conic-gradient
  repeating-linear-gradient repeating-radial-gradient`.split(/\s+/),
)

/**
 * Whether a CSS value consists of harmless tokens only. Nothing is repaired: no escape, comment, address or unknown
 * function is a token.
 */
export function isHarmlessValue(value: string): boolean {
  if (value === '' || value.length > maxLength || value.includes('/*')) return false
  let depth = 0
  token.lastIndex = 0
  for (let end = 0; end < value.length; end = token.lastIndex) {
    const [, name, open, close, operator] = token.exec(value) ?? [undefined]
    if (token.lastIndex <= end) return false
    if (open && !isOpened(name, depth)) return false
    // Signs by themselves belong into calculations.
    if (operator && depth === 0) return false
    depth += (open ? 1 : 0) - (close ? 1 : 0)
    if (depth < 0 || depth > maxDepth) return false
  }
  return depth === 0
}

const isOpened = (name: string | undefined, depth: number): boolean =>
  name === undefined ? depth > 0 : functions.has(name.toLowerCase())
