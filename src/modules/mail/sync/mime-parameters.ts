import { getStructuredParams } from 'imapflow/lib/tools.js'
import { headerText } from './header-text.ts'

/** Parameters as a BODYSTRUCTURE has them, names and values in turn, by name. */
export function readParameters(raw: readonly string[]): Map<string, string> {
  const read = new Map<string, string>()
  if (raw.length === 0) return read
  // RFC 2231: `filename*0*`, and a filename that is in fact its `filename*`.
  if (raw.some((text, at) => text.includes(at % 2 === 0 ? '*' : "'"))) return readContinued(raw)
  for (let at = 0; at + 1 < raw.length; at += 2) read.set(raw[at] as string, headerText(raw[at + 1], null))
  return read
}

function readContinued(raw: readonly string[]): Map<string, string> {
  const values = raw.map((text) => ({ value: headerText(text, null) }))
  return new Map(Object.entries(getStructuredParams(values as never)).map(([name, value]) => [name, String(value)]))
}
