import { getDocumentProxy } from 'unpdf'

/** Later pages are not looked at. */
const maxPages = 500

/** The text of a PDF, page by page until there is enough of it; scans have none. */
export async function textOfPdf(bytes: Uint8Array<ArrayBuffer>, maxLength: number): Promise<string> {
  const document = await getDocumentProxy(bytes, { verbosity: 0 })
  try {
    let text = ''
    for (let number = 1; number <= Math.min(document.numPages, maxPages) && text.length < maxLength; number++) {
      const page = await document.getPage(number)
      const { items } = await page.getTextContent()
      for (const item of items) if ('str' in item) text += item.str + (item.hasEOL ? '\n' : '')
      text += '\n'
      page.cleanup()
    }
    return text
  } finally {
    await document.loadingTask.destroy()
  }
}
