const maxCssLength = 300_000

/**
 * The text of all style elements, in their order. What stands in comments, as styles for Outlook do, is left out. To be
 * read by `scopedStyleSheet`, which trusts nothing of it.
 */
export function styleTextOf(html: string): string {
  const texts: string[] = []
  const opening = /<!--|<style(?=[\s>/])[^>]*>/gi
  for (let match = opening.exec(html); match; match = opening.exec(html)) {
    const isComment = match[0] === '<!--'
    const end = isComment ? html.indexOf('-->', match.index + 2) : closingTag(html, opening.lastIndex)
    if (end < 0) break
    if (!isComment && isForScreens(match[0])) texts.push(html.slice(opening.lastIndex, end))
    opening.lastIndex = end + 1
  }
  return texts.join('\n').slice(0, maxCssLength)
}

function closingTag(html: string, from: number): number {
  const closing = /<\/style/gi
  closing.lastIndex = from
  return closing.exec(html)?.index ?? -1
}

const isForScreens = (tag: string): boolean => !/media\s*=\s*["']?\s*(print|speech|aural|braille)\b/i.test(tag)
