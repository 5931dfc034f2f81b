import type { TSchema } from 'typebox'

type Schema = { [keyword: string]: unknown }

/**
 * A schema whose objects, at any depth, take no member that they do not name. An object that takes others says so by
 * `additionalProperties`.
 * @throws Error for `allOf`, in which no part knows the members of the others.
 */
export function strict(schema: TSchema): TSchema {
  return close(schema as Schema) as TSchema
}

function close(schema: Schema): Schema {
  if (schema.allOf) throw new Error('a request schema may not use allOf (Type.Intersect); write one object')
  const closed: Schema = { ...schema }
  if (schema.properties) closed.additionalProperties ??= false
  for (const keyword of ['properties', '$defs', 'patternProperties']) {
    const members = schema[keyword] as { [name: string]: Schema } | undefined
    if (members) {
      closed[keyword] = Object.fromEntries(Object.entries(members).map(([name, member]) => [name, close(member)]))
    }
  }
  for (const keyword of ['anyOf', 'oneOf', 'prefixItems']) {
    if (Array.isArray(schema[keyword])) closed[keyword] = (schema[keyword] as Schema[]).map(close)
  }
  const { items } = schema
  if (Array.isArray(items)) closed.items = (items as Schema[]).map(close)
  else if (items && typeof items === 'object') closed.items = close(items as Schema)
  return closed
}
