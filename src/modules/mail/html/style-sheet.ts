import { harmlessDeclarations } from './style-declarations.ts'

export type StyleSheet = {
  /** Fit to be the text of a style element; empty when nothing of it may be used. */
  css: string
  setColors: boolean
  /** Whether it says what is different on dark screens. */
  isForDark: boolean
}

/** How classes and ids of a message are named in what is shown, so that none is one of the page around it. */
export const classPrefix = 'm-'
/** An id is shown as a class: nothing of a message may be found by its id. */
export const idPrefix = 'm-id-'
export const bodyClass = 'm-body'

const maxRules = 3000
const maxSelectorLength = 300

/**
 * A style sheet of a message, each rule bound to what lies below `scope` (a class). Rules with simple selectors and
 * harmless declarations pass, also within `@media`; whatever else there is does not.
 */
export function scopedStyleSheet(text: string, scope: string, isTag: (name: string) => boolean): StyleSheet {
  const sheet: StyleSheet = { css: '', setColors: false, isForDark: false }
  const plain = text.replace(/\/\*[\s\S]*?(?:\*\/|$)/g, ' ').replace(/<!--|-->/g, ' ')
  const context = { scope, isTag, sheet, rules: 0 }
  sheet.css = rulesOf(plain, context, true)
  return sheet
}

type Context = { scope: string; isTag: (name: string) => boolean; sheet: StyleSheet; rules: number }

function rulesOf(text: string, context: Context, mayNest: boolean): string {
  const rules: string[] = []
  for (let at = 0; at < text.length && context.rules < maxRules; ) {
    const open = text.indexOf('{', at)
    const end = text.indexOf(';', at)
    // A statement without a block, as `@import …;` is one.
    if (end >= 0 && (open < 0 || end < open)) {
      at = end + 1
      continue
    }
    if (open < 0) break
    const close = closingBrace(text, open)
    const [prelude, block] = [text.slice(at, open).trim(), text.slice(open + 1, close)]
    at = close + 1
    context.rules += 1
    rules.push(prelude.startsWith('@') ? atRule(prelude, block, context, mayNest) : rule(prelude, block, context))
  }
  return rules.join('')
}

/** The matching brace, or the end of the text. */
function closingBrace(text: string, open: number): number {
  const brace = /[{}]/g
  brace.lastIndex = open
  let depth = 0
  for (let match = brace.exec(text); match; match = brace.exec(text)) {
    depth += match[0] === '{' ? 1 : -1
    if (depth === 0) return match.index
  }
  return text.length
}

const feature = String.raw`\( ?(?:(?:min|max)-(?:device-)?(?:width|height) ?: ?[\d.]{1,8}(?:px|em|rem|pt|in)?|orientation ?: ?[a-z]{1,20}|prefers-color-scheme ?: ?(?:dark|light)|(?:-webkit-)?(?:min|max)-(?:device-pixel-ratio|resolution) ?: ?[\d.]{1,8}(?:dpi|dppx)?) ?\)`
const media = new RegExp(
  `^@media(?:(?:only )?(?:screen|all|print|handheld|speech)\\b|${feature}|and\\b|[ ,]){1,40}$`,
  'i',
)

function atRule(prelude: string, block: string, context: Context, mayNest: boolean): string {
  const query = prelude.slice(0, 2 * maxSelectorLength).replace(/\s+/g, ' ')
  if (!mayNest || query.length > maxSelectorLength || !media.test(query)) return ''
  const inner = rulesOf(block, context, false)
  if (inner === '') return ''
  if (/prefers-color-scheme ?: ?dark/i.test(query)) context.sheet.isForDark = true
  return `${query}{${inner}}\n`
}

function rule(prelude: string, block: string, context: Context): string {
  const { css, setColors } = harmlessDeclarations(block)
  if (css === undefined || prelude.length > 20 * maxSelectorLength) return ''
  const selectors = prelude.split(',').flatMap((selector) => scopedSelector(selector.trim(), context) ?? [])
  if (selectors.length === 0) return ''
  context.sheet.setColors ||= setColors
  return `${selectors.join(',')}{${css}}\n`
}

/** An element, a class, an id, a class by its attribute, a state or position, or what combines them. */
const part =
  /(\*|[a-z][a-z0-9]*)|\.(-?[_a-z][\w-]*)|#(-?[_a-z][\w-]*)|\[\s*class\s*[~*^]?=\s*["']?([\w-]+)["']?\s*\]|(:(?:hover|link|visited|active|focus|(?:first|last|only)-(?:child|of-type)|nth-(?:last-)?(?:child|of-type)\(\s*(?:odd|even|[\dn +-]{1,20})\s*\)))|(\s*[>+~]\s*|\s+)/iy

function scopedSelector(selector: string, { scope, isTag }: Context): string | undefined {
  if (selector === '' || selector.length > maxSelectorLength) return undefined
  let scoped = ''
  part.lastIndex = 0
  for (let end = 0; end < selector.length; end = part.lastIndex) {
    const [, tag, className, id, attribute, pseudo, combinator] = part.exec(selector) ?? [undefined]
    if (part.lastIndex <= end) return undefined
    if (tag !== undefined) {
      const shown = elementSelector(tag.toLowerCase(), isTag)
      if (shown === undefined) return undefined
      scoped += shown
    }
    const name = className ?? attribute
    if (name !== undefined) scoped += `.${classPrefix}${name}`
    // An id outweighs any number of classes that anybody writes.
    if (id !== undefined) scoped += `.${idPrefix}${id}`.repeat(3)
    scoped += (pseudo ?? '') + (combinator ?? '')
  }
  return `.${scope} ${scoped.trim()}`
}

function elementSelector(tag: string, isTag: (name: string) => boolean): string | undefined {
  if (tag === 'body' || tag === 'html') return `.${bodyClass}`
  return tag === '*' || isTag(tag) ? tag : undefined
}
