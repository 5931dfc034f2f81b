type Attributes = Readonly<Record<string, string>>

/** Where an image comes from, as far as one may be shown. */
export type ImageSource =
  | { kind: 'inline'; contentId: string }
  | { kind: 'remote'; address: string }
  | { kind: 'embedded'; address: string }

/** Undefined for what is no image that a message may show. */
export function imageSource(source: string): ImageSource | undefined {
  const address = plainAddress(source)
  if (/^cid:/i.test(address)) return { kind: 'inline', contentId: contentIdOf(address) }
  if (/^data:image\/(png|jpe?g|gif|webp);base64,[a-z\d+/=]*$/i.test(address)) return { kind: 'embedded', address }
  if (!/^(https?:)?\/\/[^\s"'<>\\]+$/i.test(address)) return undefined
  return { kind: 'remote', address: address.startsWith('//') ? `https:${address}` : address }
}

/** An address as browsers read it: they drop control characters, so that `java\nscript:` is a scheme to them. */
export const plainAddress = (address: string) =>
  address
    .replaceAll(/\p{Cc}/gu, '')
    .trim()
    .replaceAll(' ', '%20')

/**
 * Whether a remote image is there to tell that the message was opened: too small to be seen, hidden, or from an address
 * that is known for it. An image of one pixel's height that is wide is a line, and stays.
 */
export function isTrackingPixel(address: string, { width, height, style = '' }: Attributes): boolean {
  const [wide, high] = [width ?? styledWidth.exec(style)?.[1], height ?? styledHeight.exec(style)?.[1]]
  const isTiny = (size: string | undefined) => /^\s*0*[01](?:\.\d*)?\s*(?:px)?\s*(?:!important)?\s*$/i.test(size ?? '')
  if ((isTiny(wide) && (high === undefined || isTiny(high))) || (isTiny(high) && wide === undefined)) return true
  return hidden.test(style) || knownTracker.test(address)
}

const styledWidth = /(?:^|;)\s*(?:max-)?width\s*:([^;]{1,40})/i
const styledHeight = /(?:^|;)\s*(?:max-)?height\s*:([^;]{1,40})/i
const hidden = /(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden|opacity\s*:\s*0(?:\.0*)?\s*(?:;|!|$))/i
const knownTracker =
  /\/(?:track(?:ing)?|trk|wf|e)\/(?:open|o)(?:[/.?]|$)|\/open\.(?:php|aspx|gif|ashx)\b|\/(?:pixel|beacon|1x1|blank|spacer-?track)\.(?:gif|png)\b|google-analytics\.com\/(?:collect|__utm)|\/mpss\/o\/|[?&](?:utm_)?(?:event|evt)=open\b/i

/** RFC 2392 §2: the Content-ID is percent-encoded in a cid URL. */
function contentIdOf(address: string): string {
  const encoded = address.slice('cid:'.length)
  try {
    return decodeURIComponent(encoded)
  } catch {
    return encoded
  }
}
