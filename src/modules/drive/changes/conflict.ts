import { AppError } from '#platform/errors.ts'
import { childOf, type DrivePath, nameOf, parentOf } from '../drive-path.ts'

/** What to do where something of the name is already. */
export const conflictPolicies = ['fail', 'rename', 'replace'] as const
export type ConflictPolicy = (typeof conflictPolicies)[number]

const maxNameBytes = 250
const attempts = 5

/**
 * Does something that needs its place free, as the policy says; `act` throws `already_exists` where it is not.
 * @param namesLike the names in a folder that begin so.
 * @returns where it was done.
 * @throws AppError `already_exists` unless it may be renamed or replace what is there.
 */
export async function place(
  wanted: DrivePath,
  policy: ConflictPolicy,
  namesLike: (folder: DrivePath, beginning: string) => Promise<readonly string[]>,
  act: (path: DrivePath, options: { overwrite: boolean }) => Promise<unknown>,
): Promise<DrivePath> {
  let path = wanted
  for (let attempt = 1; ; attempt++) {
    try {
      await act(path, { overwrite: policy === 'replace' })
      return path
    } catch (error) {
      const isTaken = error instanceof AppError && error.code === 'already_exists'
      if (!isTaken || policy !== 'rename' || attempt === attempts) throw error
      const folder = parentOf(wanted)
      const { stem } = partsOf(nameOf(wanted))
      const taken = new Set(await namesLike(folder, beginningOf(stem)))
      path = childOf(folder, freeName(nameOf(wanted), taken.add(nameOf(path))))
    }
  }
}

/** `Plan.pdf`, then `Plan (2).pdf`: the first that is not taken, within the length that names may have. */
export function freeName(name: string, taken: ReadonlySet<string>): string {
  const { stem, ending } = partsOf(name)
  const folded = new Set([...taken].map((one) => one.toLowerCase()))
  for (let count = 2; ; count++) {
    const free = `${cut(stem, maxNameBytes - Buffer.byteLength(ending) - 8)} (${count})${ending}`
    if (!folded.has(free.toLowerCase())) return free
  }
}

/** What the names begin with that `freeName` may find; a cut stem begins so as well. */
const beginningOf = (stem: string): string => cut(stem, 200)

/** An ending is short; a name that is only an ending, as `.profile`, is a stem. */
function partsOf(name: string): { stem: string; ending: string } {
  const [, stem = name, ending = ''] = /^(.+?)((?:\.tar)?\.[^.\s]{1,16})?$/su.exec(name) ?? []
  return { stem, ending }
}

/** At most so many bytes, no character cut in two. */
function cut(text: string, bytes: number): string {
  if (Buffer.byteLength(text) <= bytes) return text
  let kept = ''
  let size = 0
  for (const character of text) {
    size += Buffer.byteLength(character)
    if (size > bytes) break
    kept += character
  }
  return kept
}

export const alreadyExists = () =>
  new AppError('conflict', 'already_exists', 'There is something of this name already; choose another.')
