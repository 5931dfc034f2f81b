import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { readJson, replaceFile } from '../files.ts'
import type { Mailbox, Message } from './hoodiecrow.ts'

export type SavedFolder = Pick<
  Mailbox,
  'path' | 'subscribed' | 'uidvalidity' | 'uidnext' | 'HIGHESTMODSEQ' | 'messages'
> & {
  specialUse?: string
  isSelectable: boolean
}

type Index = {
  version: 1
  /** False while a server runs on it: found so at the start, UIDs may have been given out that are not in it. */
  isClean: boolean
  folders: (Omit<SavedFolder, 'messages'> & { messages: (Omit<Message, 'raw'> & { file: string })[] })[]
}

/**
 * A mailbox on disk: `index.json`, replaced whole, and one file per distinct message, named by its hash and never
 * changed. `load` answers undefined for a directory that holds none.
 */
export function createMailboxState(dir: string) {
  const indexFile = join(dir, 'index.json')
  const messageFile = (name: string) => join(dir, 'messages', name)
  const names = new WeakMap<Message, string>()
  const written = new Set<string>()

  const nameOf = (message: Message) => {
    const known = names.get(message)
    if (known) return known
    const name = `${createHash('sha256').update(message.raw, 'latin1').digest('hex').slice(0, 40)}.eml`
    names.set(message, name)
    return name
  }

  return {
    async load(): Promise<{ isClean: boolean; folders: SavedFolder[] } | undefined> {
      await mkdir(join(dir, 'messages'), { recursive: true, mode: 0o700 })
      const index = (await readJson(indexFile)) as Index | undefined
      if (!index) return undefined
      const used = new Set(index.folders.flatMap(({ messages }) => messages.map(({ file }) => file)))
      for (const name of await readdir(join(dir, 'messages'))) {
        if (used.has(name)) written.add(name)
        else await rm(messageFile(name))
      }
      const readMessage = async ({ file, ...rest }: Omit<Message, 'raw'> & { file: string }) => {
        const message = { ...rest, raw: await readFile(messageFile(file), 'latin1') }
        names.set(message, file)
        return message
      }
      const folders = index.folders.map(async (folder) => ({
        ...folder,
        messages: await Promise.all(folder.messages.map(readMessage)),
      }))
      return { isClean: index.isClean, folders: await Promise.all(folders) }
    },

    async save(folders: SavedFolder[], { isClean }: { isClean: boolean }) {
      const index: Index = {
        version: 1,
        isClean,
        folders: folders.map((folder) => ({
          ...folder,
          messages: folder.messages.map((message) => {
            const { uid, flags, internaldate, MODSEQ } = message
            return { uid, flags, internaldate, MODSEQ, file: nameOf(message) }
          }),
        })),
      }
      const text = JSON.stringify(index)
      const fresh = folders.flatMap(({ messages }) => messages).filter((message) => !written.has(nameOf(message)))
      for (const message of fresh) {
        const name = nameOf(message)
        if (written.has(name)) continue
        written.add(name)
        await replaceFile(messageFile(name), Buffer.from(message.raw, 'latin1'))
      }
      await replaceFile(indexFile, text)
    },
  }
}
