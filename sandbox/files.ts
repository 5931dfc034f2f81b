import { readFile, rename, writeFile } from 'node:fs/promises'

/** Replaces the file whole: a reader, and a kill at any instruction, see the old or the new content. Mode 0600. */
export async function replaceFile(path: string, content: string | Buffer) {
  const partial = `${path}.${process.pid}.partial`
  await writeFile(partial, content, { mode: 0o600 })
  await rename(partial, path)
}

/** Undefined when there is no such file; throws on any other fault, among them damaged JSON. */
export async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

export type Saver = {
  /** Something changed: it is written within `delayMs`. */
  schedule(): void
  /** Resolves when everything scheduled is written; nothing is written after it unless scheduled again. */
  flush(): Promise<void>
}

/** Gathers changes and writes them one after the other, never two writes at once. */
export function createSaver(write: () => Promise<void>, delayMs: number): Saver {
  let timer: NodeJS.Timeout | undefined
  let writing = Promise.resolve()

  const save = () => {
    timer = undefined
    writing = writing.catch(() => {}).then(write)
    return writing
  }
  return {
    schedule() {
      timer ??= setTimeout(() => save().catch((error) => console.error('The sandbox could not save:', error)), delayMs)
    },
    async flush() {
      const isDue = timer !== undefined
      clearTimeout(timer)
      await (isDue ? save() : writing)
    },
  }
}
