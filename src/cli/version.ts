import { readFile } from 'node:fs/promises'
import type { Command } from './command.ts'

export async function readVersion(): Promise<string> {
  const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}

export const version: Command = {
  summary: 'print the version',
  help: 'ultid version\n\nPrints the version of ultid.',
  async run(_args, terminal) {
    terminal.print(`ultid ${await readVersion()}`)
    return 0
  },
}
