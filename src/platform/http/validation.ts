import { Ajv } from 'ajv'
import formats from 'ajv-formats'
import type { FastifyInstance } from 'fastify'
import { AppError } from '#platform/errors.ts'
import { findUnstorableText } from './unstorable-text.ts'

const addFormats = formats.default

/**
 * Bodies are taken as they are: no coercion, nothing unknown. Query strings and path parameters arrive as text and are
 * coerced to what the schema says. Text that no database can keep is refused wherever it is.
 */
export function validateRequests(http: FastifyInstance): void {
  const shared = { allErrors: false, strict: false, removeAdditional: false, useDefaults: true } as const
  const body = new Ajv({ ...shared, coerceTypes: false })
  const text = new Ajv({ ...shared, coerceTypes: 'array' })
  for (const ajv of [body, text]) addFormats(ajv)
  http.addHook('preValidation', (request, _reply, done) => {
    const path =
      findUnstorableText(request.params, 'params') ??
      findUnstorableText(request.query, 'querystring') ??
      findUnstorableText(request.body, 'body')
    done(path === undefined ? undefined : unstorable(path))
  })
  http.setValidatorCompiler<object>(({ schema, httpPart }) => (httpPart === 'body' ? body : text).compile(schema))
}

const unstorable = (path: string) =>
  new AppError('invalid', 'invalid_request_body', `The request is not valid: ${path} holds a NUL or broken Unicode.`, {
    details: [{ path, message: 'must be Unicode text without NUL' }],
  })
