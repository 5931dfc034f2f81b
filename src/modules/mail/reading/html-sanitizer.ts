import sanitizeHtml from 'sanitize-html'
import { harmlessDeclarations } from './style-declarations.ts'

/** Grows with every change of what comes out, so that nobody keeps an older answer. */
export const sanitizerVersion = 1

export type SanitizedHtml = { html: string; blockedRemoteImages: number; isTruncated: boolean }

export type SanitizeOptions = {
  /** Where an image of the message itself (RFC 2392) is served; undefined for a Content-ID that it does not have. */
  inlineImageUrl: (contentId: string) => string | undefined
}

const maxLength = 2_000_000
/** Deeper elements lose their tags and keep their text. */
const maxDepth = 200
/** The parser takes time quadratic in the depth. Nobody writes this: only the text of such a message is shown. */
const maxOpenElements = 5000

/**
 * What may be shown of a message's HTML: structure, text and looks. Nothing in it runs, submits, navigates by itself or
 * loads from anywhere but this message; remote images keep their address in `data-remote-src`. Links open elsewhere and
 * tell nothing of where they were. Input beyond two million characters is cut off. Never throws.
 */
export function sanitizeMessageHtml(html: string, options: SanitizeOptions): SanitizedHtml {
  const bounded = html.slice(0, maxLength)
  const isTruncated = html.length > maxLength
  let blockedRemoteImages = 0
  const onBlocked = () => {
    blockedRemoteImages += 1
  }
  try {
    return { html: sanitizeHtml(bounded, sanitizerOptions(options, onBlocked)), blockedRemoteImages, isTruncated }
  } catch (error) {
    if (!(error instanceof TooDeepError)) throw error
    return { html: `<pre>${textOf(bounded)}</pre>`, blockedRemoteImages: 0, isTruncated: true }
  }
}

class TooDeepError extends Error {}

function sanitizerOptions(options: SanitizeOptions, onBlocked: () => void): sanitizeHtml.IOptions {
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
        // The page of a mail is a box within another page.
        const tagName = name === 'body' ? 'div' : name
        return { tagName, attribs: harmlessAttributes(tagName, attributes, options, onBlocked) }
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

function harmlessAttributes(
  tag: string,
  attributes: Attributes,
  options: SanitizeOptions,
  onBlocked: () => void,
): Attributes {
  const { style, src, href, ...rest } = attributes
  const kept: Attributes = { ...rest }
  // These are ours to set.
  for (const own of ['data-remote-src', 'rel', 'target']) delete kept[own]
  const declarations = style && harmlessDeclarations(style)
  if (declarations) kept.style = declarations
  if (tag === 'a' && href !== undefined) Object.assign(kept, linkAttributes(href))
  if (tag === 'img' && src !== undefined) Object.assign(kept, imageAttributes(src, options, onBlocked))
  return kept
}

function linkAttributes(href: string): Attributes {
  const address = plainAddress(href)
  if (!/^(https?:\/\/|mailto:|tel:)/i.test(address)) return {}
  return { href: address, target: '_blank', rel: 'noopener noreferrer nofollow' }
}

function imageAttributes(src: string, options: SanitizeOptions, onBlocked: () => void): Attributes {
  const address = plainAddress(src)
  if (/^cid:/i.test(address)) {
    const url = options.inlineImageUrl(contentIdOf(address))
    return url === undefined ? {} : { src: url }
  }
  if (/^data:image\/(png|jpe?g|gif|webp);base64,[a-z\d+/=]*$/i.test(address)) return { src: address }
  if (!/^(https?:)?\/\//i.test(address)) return {}
  onBlocked()
  return { 'data-remote-src': address.startsWith('//') ? `https:${address}` : address }
}

/** RFC 2392 §2: the Content-ID is percent-encoded in a cid URL. */
function contentIdOf(address: string): string {
  const encoded = address.slice('cid:'.length)
  try {
    return decodeURIComponent(encoded)
  } catch {
    return encoded
  }
}

/** An address as browsers read it: they drop control characters, so that `java\nscript:` is a scheme to them. */
const plainAddress = (address: string) =>
  address
    .replaceAll(/\p{Cc}/gu, '')
    .trim()
    .replaceAll(' ', '%20')

const allowedTags =
  `a abbr acronym address article aside b bdi bdo big blockquote br caption center cite code col colgroup dd
  del details dfn div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark ol p
  pre q rp rt ruby s samp section small span strike strong sub summary sup table tbody td tfoot th thead time tr tt u ul
  var wbr`.split(/\s+/)

const cell = ['abbr', 'colspan', 'headers', 'height', 'nowrap', 'rowspan', 'scope', 'width']
const allowedAttributes = {
  '*': ['align', 'bgcolor', 'dir', 'lang', 'style', 'title', 'valign'],
  a: ['href', 'rel', 'target'],
  img: ['src', 'data-remote-src', 'alt', 'width', 'height', 'border', 'hspace', 'vspace'],
  font: ['color', 'face', 'size'],
  table: ['border', 'bordercolor', 'cellpadding', 'cellspacing', 'height', 'rules', 'summary', 'width'],
  td: cell,
  th: cell,
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
