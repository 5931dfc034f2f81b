import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createSaver, readJson, replaceFile } from '../files.ts'

/** A document that is kept between runs; `changed` is to be called whenever `value` was changed. */
export type Document<T> = { value: T; changed(): void }

export type Records = {
  /** Reads the document of that name, or begins it with `initial`. */
  open<T extends object>(name: string, initial: T): Promise<Document<T>>
  close(): Promise<void>
}

/** Documents in a directory, each a JSON file that is replaced whole soon after a change. */
export async function openRecords(dir: string): Promise<Records> {
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const savers: ReturnType<typeof createSaver>[] = []
  return {
    async open<T extends object>(name: string, initial: T) {
      const file = join(dir, `${name}.json`)
      const value = ((await readJson(file)) as T | undefined) ?? initial
      const saver = createSaver(() => replaceFile(file, JSON.stringify(value)), 300)
      savers.push(saver)
      return { value, changed: saver.schedule }
    },
    async close() {
      await Promise.all(savers.map((saver) => saver.flush()))
    },
  }
}
