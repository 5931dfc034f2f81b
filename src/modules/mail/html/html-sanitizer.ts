import sanitizeHtml from 'sanitize-html'
import { documentTypeOf } from './document-type.ts'
import { imageSource, isTrackingPixel, plainAddress } from './message-images.ts'
import { quoteMarkOf, unmarkForwarded } from './quote-marks.ts'
import { harmlessDeclarations } from './style-declarations.ts'
import { styleTextOf } from './style-elements.ts'
import { bodyClass, classPrefix, idPrefix, scopedStyleSheet } from './style-sheet.ts'

/** Grows with every change of what comes out, so that nobody keeps an older answer. */
export const sanitizerVersion = 4

/**
 * What a message says of light and dark. `none`: no colours, it looks right on any page. `light`: colours that were
 * chosen on white. `adaptive`: it has colours for dark screens as well.
 */
export type ColorUse = 'none' | 'light' | 'adaptive'

export type HtmlFacts = {
  /** Remote images that may be asked for. */
  blockedRemoteImages: number
  /** Remote images that were there to tell the sender that the message was opened; gone for good. */
  trackingPixels: number
  isTruncated: boolean
  colors: ColorUse
  /** What a page of its own would have to begin with to look as its sender's did. */
  documentType: string
}

/** What is known of no HTML. */
export const noHtmlFacts: HtmlFacts = {
  blockedRemoteImages: 0,
  trackingPixels: 0,
  isTruncated: false,
  colors: 'none',
  documentType: '<!DOCTYPE html>',
}

/** Images have no address yet: `presentHtml` gives them one. */
export type SanitizedHtml = { html: string; facts: HtmlFacts }

export type SanitizeOptions = {
  /** A class for this message alone, to which its style sheets are bound. */
  scope: string
  /** The MIME part of an image of the message itself (RFC 2392); undefined for a Content-ID that it does not have. */
  inlinePart: (contentId: string) => string | undefined
}

const maxLength = 2_000_000
/** Deeper elements lose their tags and keep their text. */
const maxDepth = 200
/** The parser takes time quadratic in the depth. Nobody writes this: only the text of such a message is shown. */
const maxOpenElements = 5000

/**
 * What may be shown of a message's HTML: structure, text and looks, style sheets included. Nothing in it runs, submits,
 * navigates by itself or loads anything; links open elsewhere and tell nothing of where they were. Images and
 * background pictures keep where they come from in `data-inline-…` (a MIME part) and `data-remote-…` (an address).
 * `data-quote` marks what is quoted: `block`, the element; `rest`, it and all that follows. Input beyond two million
 * characters is cut off. Never throws.
 */
export function sanitizeMessageHtml(html: string, options: SanitizeOptions): SanitizedHtml {
  const bounded = html.slice(0, maxLength)
  const facts: HtmlFacts = {
    blockedRemoteImages: 0,
    trackingPixels: 0,
    isTruncated: html.length > maxLength,
    colors: 'none',
    documentType: documentTypeOf(bounded),
  }
  const sheet = scopedStyleSheet(styleTextOf(bounded), options.scope, isAllowedTag)
  if (sheet.setColors) facts.colors = 'light'
  try {
    const page: PageAttributes = {}
    const marked = sanitizeHtml(bounded, sanitizerOptions(options, facts, page))
    const body = unmarkForwarded(marked.replaceAll(discardedImage, ''))
    if (sheet.isForDark) facts.colors = 'adaptive'
    return { html: enclose(body, sheet.css, options.scope, { ...facts, ...page }), facts }
  } catch (error) {
    if (!(error instanceof TooDeepError)) throw error
    const html = `<pre>${textOf(bounded)}</pre>`
    return { html, facts: { ...noHtmlFacts, isTruncated: true } }
  }
}

// An element that is renamed to be dropped leaves its new name to the next one beside it: sanitize-html ends that by it.
const discardedImage = '<img data-discarded="1" />'

class TooDeepError extends Error {}

/** What the outermost element says of all text in it. */
type PageAttributes = { dir?: string; lang?: string }

/**
 * A message with styles or colours of its own is a box: its rules end there, and its colours are on white in it, from the
 * upper edge of its first margin to the lower one of its last.
 */
function enclose(body: string, css: string, scope: string, { colors, dir, lang }: HtmlFacts & PageAttributes): string {
  if (css === '' && colors === 'none' && dir === undefined && lang === undefined) return body
  const paper =
    colors === 'light' ? ' style="display:flow-root;background-color:#ffffff;color:#000000;color-scheme:light"' : ''
  const text = `${dir ? ` dir="${dir}"` : ''}${lang ? ` lang="${lang}"` : ''}`
  const sheet = css === '' ? '' : `<style>${css}</style>`
  const inner = body.includes(`class="${bodyClass}`) ? body : `<div class="${bodyClass}">${body}</div>`
  return `<div class="${scope}"${text}${paper}>${sheet}${inner}</div>`
}

function pageAttributes({ dir, lang }: Attributes): PageAttributes {
  const direction = dir?.toLowerCase()
  return {
    ...(direction && /^(rtl|ltr|auto)$/.test(direction) && { dir: direction }),
    ...(lang && /^[a-z]{2,8}(-[a-z\d]{1,8}){0,4}$/i.test(lang) && { lang }),
  }
}

function sanitizerOptions(options: SanitizeOptions, facts: HtmlFacts, page: PageAttributes): sanitizeHtml.IOptions {
  let openElements = 0
  return {
    allowedTags,
    allowedAttributes,
    allowedSchemes: ['http', 'https', 'mailto', 'tel'],
    allowedSchemesByTag: { img: ['data'] },
    allowedSchemesAppliedToAttributes: ['href', 'src'],
    allowProtocolRelative: false,
    nonTextTags,
    nestingLimit: maxDepth,
    // Style attributes are read by our own, quicker and stricter reader instead.
    parseStyleAttributes: false,
    transformTags: {
      '*': (name, attributes) => {
        if (name === 'html') Object.assign(page, pageAttributes(attributes))
        // The page of a mail is a box within another page.
        const tagName = name === 'body' ? 'div' : name
        const attribs = harmlessAttributes(name, attributes, options, facts)
        return { tagName, attribs: attribs ?? { 'data-discarded': '1' } }
      },
    },
    onOpenTag: () => {
      openElements += 1
      if (openElements > maxOpenElements) throw new TooDeepError()
    },
    onCloseTag: () => {
      openElements -= 1
    },
  }
}

const textOf = (html: string) =>
  html
    .replaceAll(/<[^<>]*>/g, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')

type Attributes = Record<string, string>

/** Undefined for an element that is to vanish. */
function harmlessAttributes(
  tag: string,
  attributes: Attributes,
  options: SanitizeOptions,
  facts: HtmlFacts,
): Attributes | undefined {
  const { style, src, href, background, class: classes, id, name, usemap, ...rest } = attributes
  const kept: Attributes = { ...rest }
  // These are ours to set.
  for (const own of ownAttributes) delete kept[own]
  if (tag === 'body') delete kept.bgcolor
  if (tag === 'img' && src !== undefined) {
    const shown = imageAttributes(src, attributes, options, facts)
    if (!shown) return undefined
    Object.assign(kept, shown)
  }
  const styles = tag === 'body' ? `${pageStyles(attributes)}${style ?? ''}` : style
  const declarations = styles ? harmlessDeclarations(styles) : undefined
  if (declarations?.css) kept.style = declarations.css
  if (declarations?.setColors || attributes.bgcolor || attributes.color) facts.colors = 'light'
  const picture = background ?? declarations?.background
  if (picture) Object.assign(kept, backgroundAttributes(picture, options, facts))
  const shownClasses = classesOf(tag, classes, id)
  if (shownClasses) kept.class = shownClasses
  if ((tag === 'a' || tag === 'area') && href !== undefined) Object.assign(kept, linkAttributes(href))
  if (tag === 'map' && name && isName(name)) kept.name = classPrefix + name
  if (tag === 'img' && usemap && isName(usemap.slice(1))) kept.usemap = `#${classPrefix}${usemap.slice(1)}`
  const quote = quoteMarkOf(tag, attributes)
  if (quote) kept['data-quote'] = quote
  return kept
}

/** What the page of a mail says of its colours in the words of HTML 3.2, which a box does not know. */
const pageStyles = ({ text, bgcolor }: Attributes): string =>
  `${text ? `color:${text};` : ''}${bgcolor ? `background-color:${bgcolor};` : ''}`

const ownAttributes = [
  ...['data-remote-src', 'data-inline-src', 'data-remote-background', 'data-inline-background', 'data-quote'],
  ...['data-discarded', 'rel', 'target'],
]

const isName = (name: string) => /^[\w-]{1,100}$/.test(name)

/** Names that cannot be meant for the page around the message. Style sheets were given the same. */
function classesOf(tag: string, classes: string | undefined, id: string | undefined): string {
  const names = (classes ?? '').slice(0, 2000).split(/\s+/).filter(isName)
  return [
    ...(tag === 'body' ? [bodyClass] : []),
    ...names.map((name) => classPrefix + name),
    ...(id !== undefined && isName(id) ? [idPrefix + id] : []),
  ].join(' ')
}

function linkAttributes(href: string): Attributes {
  const address = plainAddress(href)
  if (!/^(https?:\/\/|mailto:|tel:)/i.test(address)) return {}
  return { href: address, target: '_blank', rel: 'noopener noreferrer nofollow' }
}

function imageAttributes(
  src: string,
  attributes: Attributes,
  { inlinePart }: SanitizeOptions,
  facts: HtmlFacts,
): Attributes | undefined {
  const source = imageSource(src)
  if (source?.kind === 'embedded') return { src: source.address }
  if (source?.kind === 'inline') {
    const part = inlinePart(source.contentId)
    return part === undefined ? {} : { 'data-inline-src': part }
  }
  if (!source) return {}
  if (isTrackingPixel(source.address, attributes)) {
    facts.trackingPixels += 1
    return undefined
  }
  facts.blockedRemoteImages += 1
  return { 'data-remote-src': source.address }
}

function backgroundAttributes(address: string, { inlinePart }: SanitizeOptions, facts: HtmlFacts): Attributes {
  const source = imageSource(address)
  if (source?.kind === 'inline') {
    const part = inlinePart(source.contentId)
    return part === undefined ? {} : { 'data-inline-background': part }
  }
  if (source?.kind !== 'remote') return {}
  facts.blockedRemoteImages += 1
  return { 'data-remote-background': source.address }
}

const allowedTags =
  `a abbr acronym address area article aside b bdi bdo big blockquote br caption center cite code col colgroup dd
  del details dfn div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main map mark
  ol p pre q rp rt ruby s samp section small span strike strong sub summary sup table tbody td tfoot th thead time tr tt
  u ul var wbr`.split(/\s+/)

const allowed = new Set(allowedTags)
const isAllowedTag = (name: string): boolean => allowed.has(name)

const cell = ['abbr', 'colspan', 'headers', 'height', 'nowrap', 'rowspan', 'scope', 'width']
const allowedAttributes = {
  '*': [
    ...['align', 'bgcolor', 'class', 'dir', 'lang', 'style', 'title', 'valign'],
    ...['data-quote', 'data-remote-background', 'data-inline-background'],
  ],
  a: ['href', 'rel', 'target'],
  area: ['href', 'rel', 'target', 'shape', 'coords', 'alt'],
  map: ['name'],
  img: [
    ...['src', 'data-remote-src', 'data-inline-src', 'data-discarded'],
    ...['usemap', 'alt', 'width', 'height', 'border', 'hspace', 'vspace'],
  ],
  font: ['color', 'face', 'size'],
  table: ['border', 'bordercolor', 'cellpadding', 'cellspacing', 'height', 'rules', 'summary', 'width'],
  td: cell,
  th: cell,
  tr: ['height'],
  col: ['span', 'width'],
  colgroup: ['span', 'width'],
  hr: ['color', 'noshade', 'size', 'width'],
  ol: ['start', 'type', 'reversed'],
  ul: ['type'],
  li: ['type', 'value'],
  time: ['datetime'],
}

/** Elements whose text is no text of the message, or which browsers read otherwise than as markup. */
const nonTextTags = `iframe math noembed noframes noscript option plaintext script select style svg template textarea
  title xmp`.split(/\s+/)
