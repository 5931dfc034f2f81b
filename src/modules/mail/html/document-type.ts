const limitedQuirks =
  '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">'

const declaration =
  /^\uFEFF?\s*(?:<\?xml[^>]{0,200}>\s*)?(?:<!--(?:(?!-->)[\s\S]){0,2000}-->\s*)?<!doctype\s+html(?:\s+public\s*["']([^"'>]*)["'])?\s*(["'][^"'>]*["'])?/i

/**
 * The document type that makes a browser lay out a page as it does `html`: in standards mode, in limited-quirks mode, or,
 * by none at all, in quirks mode (HTML Living Standard §13.2.6.4.1).
 */
export function documentTypeOf(html: string): string {
  const [whole, publicId, systemId] = declaration.exec(html.slice(0, 4000)) ?? []
  if (whole === undefined) return ''
  if (publicId === undefined) return '<!DOCTYPE html>'
  const [, language, variant = ''] = /^-\/\/w3c\/\/dtd (html 4\.01|xhtml 1\.[01])(?: (\w+))?\/\//i.exec(publicId) ?? []
  if (language === undefined) return ''
  if (!/^(transitional|frameset)$/i.test(variant)) return '<!DOCTYPE html>'
  return /^xhtml/i.test(language) || systemId !== undefined ? limitedQuirks : ''
}
