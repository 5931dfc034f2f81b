import { ago } from './clock.ts'
import { type ForeignLetter, foreignLetters } from './content/languages.ts'
import { photo } from './files/documents.ts'
import { type Letter, writeLetter } from './letter.ts'
import { filePart, multipart, type Part, textPart } from './mime/part.ts'
import { demoPeople } from './people.ts'
import { copiesOf } from './placement.ts'
import { paragraphs } from './prose.ts'

/** The mails in many languages, each in its charset: headers as well as body. */
export function writeForeignLetters(now: Date): Letter[] {
  return foreignLetters.map((foreign) => {
    const mail = {
      key: foreign.key,
      sentAt: ago(now, foreign.age),
      from: foreign.from,
      to: [demoPeople[foreign.to]],
      subject: foreign.subject,
      text: foreign.text,
      body: bodyOf(foreign),
      wording: { charset: foreign.charset, form: foreign.form },
    }
    return writeLetter(mail, copiesOf(mail, now))
  })
}

function bodyOf(foreign: ForeignLetter): Part {
  const { charset, encoding } = foreign
  const plain = textPart(`${foreign.text}\n`, { charset, encoding })
  const html = `<html dir="rtl"><body style="text-align:right">\n${paragraphs(foreign.text)}\n</body></html>\n`
  const body = foreign.isRightToLeft
    ? multipart('alternative', [plain, textPart(html, { charset, encoding, subtype: 'html' })])
    : plain
  if (!foreign.fileName) return body
  const file = photo(foreign.fileName, [120, 150, 90], foreign.fileName.length)
  return multipart('mixed', [body, filePart(file, foreign.charset === 'iso-8859-1' ? 'encoded-word' : 'rfc2231')])
}
