import { AppError } from '#platform/errors.ts'
import { type ConflictPolicy, conflictPolicies } from '../changes/conflict.ts'
import { checksumText, parseChecksum } from '../content/digest-guard.ts'
import { childOf, type DrivePath, nameOf, parseName, parsePath } from '../drive-path.ts'

export type Wish = {
  path: DrivePath
  conflict: ConflictPolicy
  ifMatch: string | null
  checksum: string | null
  modifiedAt: number | null
}

/**
 * What a client wants done with its upload. `path`, or `folder` and `filename` as front ends send it; beside them
 * `conflict`, `if_match`, `checksum` and `modified_at` (seconds). Anything else is theirs.
 * @throws AppError `invalid_request_body`, `invalid_path`, `invalid_name`
 */
export function wishOf(metadata: Readonly<Record<string, string | null>>): Wish {
  const given = (name: string) => metadata[name] ?? undefined
  const name = given('filename') ?? given('name')
  const path =
    given('path') !== undefined
      ? parsePath(given('path') ?? '')
      : childOf(parsePath(given('folder') ?? '/'), parseName(name ?? ''))
  if (nameOf(path) === '') throw invalid('path', 'must name a file')
  const conflict = given('conflict') ?? 'fail'
  if (!isPolicy(conflict)) throw invalid('conflict', `must be one of ${conflictPolicies.join(', ')}`)
  const modifiedAt = given('modified_at')
  if (modifiedAt !== undefined && !/^\d{1,12}$/.test(modifiedAt))
    throw invalid('modified_at', 'must be seconds since 1970')
  const digest = parseChecksum(given('checksum'))
  return {
    ...{ path, conflict, ifMatch: given('if_match') ?? null, checksum: digest ? checksumText(digest) : null },
    modifiedAt: modifiedAt === undefined ? null : Number(modifiedAt),
  }
}

const isPolicy = (text: string): text is ConflictPolicy => (conflictPolicies as readonly string[]).includes(text)

const invalid = (name: string, message: string) =>
  new AppError('invalid', 'invalid_request_body', `The request is not valid: Upload-Metadata ${name} ${message}.`, {
    details: [{ path: `headers.upload-metadata.${name}`, message }],
  })
