import { mkdir, readdir, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BenchMessage, createMessages, type MessageSizes } from './bench-message.ts'

export type Corpus = { directory: string; names: string[]; bytes: number }

/** To be raised when what is generated changes: an older corpus is not used again. */
const version = 3

/**
 * Messages of a seeded generator as files of a maildir, made once and kept in the directory for temporary files: the
 * same bytes on every machine.
 */
export async function mailCorpus(count: number, sizes: MessageSizes): Promise<Corpus> {
  const directory = join(tmpdir(), `ulti-bench-mail-v${version}-${sizes}-${count}`)
  const names = await readdir(directory).catch(() => writeCorpus(directory, count, sizes))
  const bytes = names.reduce((sum, name) => sum + Number(/,S=(\d+)/.exec(name)?.[1] ?? 0), 0)
  return { directory, names, bytes }
}

async function writeCorpus(directory: string, count: number, sizes: MessageSizes): Promise<string[]> {
  const unfinished = `${directory}.${process.pid}`
  await mkdir(unfinished)
  try {
    for (const message of createMessages(count, sizes)) {
      const path = join(unfinished, nameOf(message))
      await writeFile(path, message.raw, { mode: 0o644 })
      // INTERNALDATE of a maildir is the file's time.
      await utimes(path, message.receivedAt, message.receivedAt)
    }
    await rename(unfinished, directory)
  } finally {
    await rm(unfinished, { recursive: true, force: true })
  }
  return readdir(directory)
}

/** Dovecot takes both sizes from the name and need not read the files to tell them. */
function nameOf({ index, receivedAt, size, wireSize, flags }: BenchMessage): string {
  const seconds = Math.floor(receivedAt.getTime() / 1000)
  return `${seconds}.M${String(index).padStart(6, '0')}P1.bench,S=${size},W=${wireSize}:2,${flags}`
}
