import { createRandom, createSizes, createWords } from './random.ts'

/** `mixed`: 50 KB on average; `small`: text alone, about 1 KB. */
export type MessageSizes = 'mixed' | 'small'

export type BenchMessage = {
  index: number
  receivedAt: Date
  /** Lines end in LF, as in a maildir. */
  raw: Buffer
  size: number
  /** With CRLF, as IMAP counts. */
  wireSize: number
  /** Maildir flags. */
  flags: string
}

const firstDate = Date.UTC(2023, 0, 1)
const lastDate = Date.UTC(2026, 0, 1)

/**
 * Mail as mailboxes hold it, oldest first: 35 % plain text, 37 % text and HTML, 5 % HTML alone, 23 % with one or two
 * attachments; nearly half are replies. Text is 6 % of the bytes, HTML a third, the rest attachments.
 */
export function* createMessages(count: number, sizes: MessageSizes): Generator<BenchMessage> {
  const writer = createWriter(20_260_101)
  for (let index = 0; index < count; index++) {
    const receivedAt = new Date(firstDate + Math.floor(((lastDate - firstDate) / count) * index))
    const raw = Buffer.from(writer.message(index, receivedAt, sizes))
    const lines = countLines(raw)
    yield { index, receivedAt, raw, size: raw.length, wireSize: raw.length + lines, flags: writer.flags() }
  }
}

function countLines(raw: Buffer): number {
  let lines = 0
  for (let at = raw.indexOf(10); at >= 0; at = raw.indexOf(10, at + 1)) lines++
  return lines
}

function createWriter(seed: number) {
  const random = createRandom(seed)
  const word = createWords(random)
  const sizeAround = createSizes(random)
  const noise = Buffer.from(Array.from({ length: 400_000 }, () => Math.floor(random() * 256))).toString('base64')
  const base64 = noise.replaceAll(/.{76}/g, '$&\n')
  const people = Array.from({ length: 2_000 }, () => `${capital(word())} ${capital(word())} <${word()}@${word()}.test>`)
  const person = () => people[Math.floor(people.length * random() ** 2)] ?? ''

  const words = (length: number) => {
    let text = ''
    while (text.length < length) text += `${word()} `
    return text.trimEnd()
  }
  const text = (length: number) => {
    let lines = ''
    while (lines.length < length) lines += random() < 0.12 ? '\n' : `${words(68)}\n`
    return lines
  }
  const html = (length: number) => {
    let rows = ''
    while (rows.length < length) {
      rows += `<tr><td align="left" valign="top" style="padding:${Math.floor(random() * 40)}px 18px;font-family:Helvetica,Arial,sans-serif;
font-size:14px;line-height:1.5;color:#333333;border-bottom:1px solid #eaeaea;mso-line-height-rule:exactly">
<a href="https://${word()}.test/${word()}/${Math.floor(random() * 1e9).toString(36)}?utm_source=mail&amp;utm_medium=${word()}" style="color:#0a66c2;text-decoration:none">${word()}</a>
${words(120)}</td></tr>\n`
    }
    return `<html><head><meta charset="utf-8"><style>.body{margin:0;padding:0}</style></head>
<body class="body"><table width="600" cellpadding="0" cellspacing="0" role="presentation">\n${rows}</table></body></html>\n`
  }
  const attachment = (length: number) => {
    const start = 77 * Math.floor(random() * 2_000)
    const copies = Math.ceil(length / (base64.length - start))
    return `${base64
      .slice(start)
      .repeat(copies)
      .slice(0, Math.floor(length / 77) * 77)}`
  }

  const leaf = (type: string, content: string) =>
    `Content-Type: ${type}; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n${content}`
  const file = (length: number) => {
    const name = `${word()}-${word()}.pdf`
    return `Content-Type: application/pdf; name="${name}"\nContent-Disposition: attachment; filename="${name}"
Content-Transfer-Encoding: base64\n\n${attachment(length)}`
  }
  const multipart = (kind: string, boundary: string, parts: string[]) =>
    `Content-Type: multipart/${kind}; boundary="${boundary}"\n\n${parts
      .map((part) => `--${boundary}\n${part}\n`)
      .join('')}--${boundary}--\n`
  const plain = (mean: number) => leaf('text/plain', text(sizeAround(mean)))
  const rich = (mean: number) => leaf('text/html', html(Math.min(sizeAround(mean), 400_000)))
  const alternative = (mean: number) => multipart('alternative', 'alternative-boundary', [plain(2_900), rich(mean)])

  const body = (sizes: MessageSizes) => {
    if (sizes === 'small') return plain(700)
    const kind = random()
    if (kind < 0.35) return plain(2_900)
    if (kind < 0.72) return alternative(36_000)
    if (kind < 0.77) return rich(18_000)
    const files = Array.from({ length: random() < 0.2 ? 2 : 1 }, () => file(Math.min(sizeAround(108_000, 1.1), 4e6)))
    return multipart('mixed', 'mixed-boundary', [random() < 0.5 ? plain(2_900) : alternative(18_000), ...files])
  }
  const id = (index: number) => `<${index.toString(36)}.${(index * 7919).toString(36)}@mail.bench.test>`
  const ancestors = (index: number) =>
    Array.from({ length: Math.min(index, 1 + Math.floor(random() * 6)) }, () => id(Math.floor(random() * index)))

  return {
    message(index: number, receivedAt: Date, sizes: MessageSizes): string {
      const references = index > 0 && random() < 0.45 ? ancestors(index) : []
      const replied = references.at(-1)
      const head = [
        ...Array.from(
          { length: 3 },
          () => `Received: from ${word()}.test by ${word()}.test; ${receivedAt.toUTCString()}`,
        ),
        `DKIM-Signature: v=1; a=rsa-sha256; d=${word()}.test; s=mail; b=${attachment(340).replaceAll('\n', '')}`,
        `From: ${person()}`,
        `To: ${Array.from({ length: 1 + Math.floor(4 * random() ** 3) }, person).join(', ')}`,
        ...(random() < 0.15 ? [`Cc: ${person()}`] : []),
        `Subject: ${replied ? 'Re: ' : ''}${words(12 + 40 * random())}`,
        `Date: ${receivedAt.toUTCString().replace('GMT', '+0000')}`,
        `Message-ID: ${id(index)}`,
        ...(replied ? [`In-Reply-To: ${replied}`, `References: ${references.join('\n ')}`] : []),
        'MIME-Version: 1.0',
      ]
      return `${head.join('\n')}\n${body(sizes)}`
    },
    flags: () => `${random() < 0.03 ? 'F' : ''}${random() < 0.15 ? 'R' : ''}${random() < 0.8 ? 'S' : ''}`,
  }
}

const capital = (word: string) => word.slice(0, 1).toUpperCase() + word.slice(1)
