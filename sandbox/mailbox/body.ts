import type { Charset } from './mime/charset.ts'
import { filePart, type MailFile, multipart, type NameForm, type Part, textPart } from './mime/part.ts'
import type { TransferEncoding } from './mime/transfer-encoding.ts'
import { escapeHtml, paragraphs } from './prose.ts'

export type BodyShape = 'text' | 'alternative' | 'html'

export type BodyOptions = {
  shape?: BodyShape
  charset?: Charset
  encoding?: TransferEncoding
  files?: readonly MailFile[]
  nameForm?: NameForm
  /** What is answered, shown beneath: as `>` lines in the text, as a block quotation in HTML. */
  quoted?: { attribution: string; text: string }
}

/** The body of a mail between people: plain text, HTML or both, with its attachments. */
export function personalBody(text: string, options: BodyOptions = {}): Part {
  const { shape = 'text', files = [], nameForm, quoted, ...textOptions } = options
  const plain = textPart(`${quoted ? `${text}\n\n${quotedText(quoted)}` : text}\n`, textOptions)
  const html = () => textPart(personalHtml(text, quoted), { ...textOptions, subtype: 'html' })
  const body = shape === 'text' ? plain : shape === 'html' ? html() : multipart('alternative', [plain, html()])
  if (files.length === 0) return body
  return multipart('mixed', [body, ...files.map((file) => filePart(file, nameForm))])
}

type Quoted = NonNullable<BodyOptions['quoted']>

function quotedText({ attribution, text }: Quoted): string {
  const lines = text.split('\n').map((line) => (line ? `> ${line}` : '>'))
  return `${attribution}\n${lines.join('\n')}`
}

function personalHtml(text: string, quoted: Quoted | undefined): string {
  const answered = quoted
    ? `<div class="quoted"><p>${escapeHtml(quoted.attribution)}</p>\n` +
      `<blockquote type="cite" style="margin:0 0 0 .8ex;border-left:2px solid #9ab;padding-left:1ex">\n` +
      `${paragraphs(quoted.text)}\n</blockquote></div>\n`
    : ''
  return `<!DOCTYPE html>
<html><head><meta http-equiv="Content-Type" content="text/html"></head>
<body style="font-family:Calibri,Helvetica,sans-serif;font-size:11pt">
${paragraphs(text, 'margin:0 0 1em 0')}
${answered}</body></html>
`
}
