import { Ajv } from 'ajv'
import formats from 'ajv-formats'
import type { FastifyInstance } from 'fastify'

const addFormats = formats.default

/**
 * Bodies are taken as they are: no coercion, nothing unknown. Query strings and path parameters arrive as text and are
 * coerced to what the schema says.
 */
export function validateRequests(http: FastifyInstance): void {
  const shared = { allErrors: false, strict: false, removeAdditional: false, useDefaults: true } as const
  const body = new Ajv({ ...shared, coerceTypes: false })
  const text = new Ajv({ ...shared, coerceTypes: 'array' })
  for (const ajv of [body, text]) addFormats(ajv)
  http.setValidatorCompiler<object>(({ schema, httpPart }) => (httpPart === 'body' ? body : text).compile(schema))
}
