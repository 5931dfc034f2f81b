/** Where the images of a sanitised message are served; undefined for those that are not to be shown. */
export type ImageAddresses = {
  inline: (part: string) => string
  remote?: ((address: string) => string | undefined) | undefined
}

/** Only `sanitizeMessageHtml` wrote these tags: no bracket is in them, and none of their quotes is of anybody else. */
const pictured = /<[a-z][a-z\d]* [^<>]*data-(?:inline|remote)-(?:src|background)="[^<>]*>/g
const picture = / data-(inline|remote)-(src|background)="([^"]*)"/g

/** Gives the images of sanitised HTML their addresses. Remote ones without one stay as they are. */
export function presentHtml(html: string, addresses: ImageAddresses): string {
  return html.replace(pictured, (tag) => {
    const backgrounds: string[] = []
    const shown = tag.replace(picture, (kept, from: 'inline' | 'remote', use: string, value: string) => {
      const address = from === 'inline' ? addresses.inline(value) : addresses.remote?.(unescaped(value))
      if (address === undefined) return kept
      if (use === 'src') return ` src="${escaped(address)}"`
      backgrounds.push(`background-image:url('${cssAddress(address)}')`)
      return ''
    })
    return backgrounds.length > 0 ? withStyle(shown, backgrounds.join(';')) : shown
  })
}

/** Behind what is there: a shorthand `background` takes back the picture that stands before it. */
const withStyle = (tag: string, css: string): string =>
  / style="/.test(tag)
    ? tag.replace(/ style="([^"]*)"/, (_, style: string) => ` style="${style};${css}"`)
    : tag.replace(/(?= ?\/?>$)/, () => ` style="${css}"`)

const unescaped = (value: string) =>
  value.replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
const escaped = (value: string) =>
  value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

/** Within quotes of CSS within quotes of HTML. */
const cssAddress = (address: string) =>
  escaped(address.replaceAll("'", '%27').replaceAll('\\', '%5C').replaceAll('\n', ''))
