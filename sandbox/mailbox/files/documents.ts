import { encodeText } from '../mime/charset.ts'
import type { MailFile } from '../mime/part.ts'
import { pdf } from './pdf.ts'
import { type Colour, landscape } from './png.ts'
import { type ZipEntry, zip } from './zip.ts'

export function pdfFile(name: string, title: string, lines: readonly string[]): MailFile {
  return { name, type: 'application/pdf', content: pdf(title, lines) }
}

/** Rows with CRLF after each (RFC 4180), in UTF-8. */
export function csvFile(name: string, rows: readonly (readonly (string | number)[])[]): MailFile {
  const lines = rows.map((row) => `${row.map(csvField).join(',')}\r\n`)
  return { name, type: 'text/csv; charset=utf-8; header=present', content: encodeText(lines.join(''), 'utf-8') }
}

export function textFile(name: string, text: string): MailFile {
  return { name, type: 'text/plain; charset=utf-8', content: Buffer.from(`${text}\n`) }
}

export function photo(name: string, colour: Colour, phase: number): MailFile {
  return { name, type: 'image/png', content: landscape(240, 160, colour, phase) }
}

export function zipFile(name: string, entries: readonly ZipEntry[]): MailFile {
  return { name, type: 'application/zip', content: zip(entries) }
}

export function calendarFile(name: string, calendar: string): MailFile {
  return { name, type: 'text/calendar; charset=utf-8; method=PUBLISH', content: Buffer.from(calendar) }
}

function csvField(value: string | number): string {
  const text = String(value)
  return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text
}
