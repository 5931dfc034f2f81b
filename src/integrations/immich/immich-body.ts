import type { Readable } from 'node:stream'
import type { Static, TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import { readBoundedText } from '#integrations/upstream/bounded-text.ts'
import { unreadable } from './immich-errors.ts'

// A month of 20,000 pictures is about 6 MB.
const limits = { bytes: 64 * 1024 * 1024, timeoutMs: 60_000 }
const validators = new WeakMap<TSchema, { Check(value: unknown): boolean }>()

/** The JSON of an answer. @throws AppError `upstream_unavailable` when it is none, too long, too slow or something else. */
export async function readJson<T extends TSchema>(schema: T, body: Readable): Promise<Static<T>> {
  const text = await readText(body)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw unreadable(error)
  }
  const validator = validators.get(schema) ?? Compile(schema)
  validators.set(schema, validator)
  if (!validator.Check(value)) throw unreadable(new Error('The answer does not fit its schema.'))
  return value as Static<T>
}

export const readText = (body: Readable): Promise<string> => readBoundedText(body, limits, unreadable)
