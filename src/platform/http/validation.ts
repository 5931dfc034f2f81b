import { Ajv, type ValidateFunction } from 'ajv'
import formats from 'ajv-formats'
import type { FastifyInstance, preValidationHookHandler, RouteOptions } from 'fastify'
import { AppError } from '#platform/errors.ts'
import { compiledLate } from './late-compilation.ts'
import { findUnstorableText } from './unstorable-text.ts'

// Verbose faults tell the schema, and with it an example of what is wanted.
const options = { strict: false, removeAdditional: false, useDefaults: true, verbose: true } as const
const createBodies = (allErrors: boolean) => withFormats(new Ajv({ ...options, coerceTypes: false, allErrors }))
const createTexts = () => withFormats(new Ajv({ ...options, coerceTypes: 'array' }))

/**
 * Bodies are taken as they are: no coercion, nothing unknown. Query strings and path parameters arrive as text and are
 * coerced to what the schema says. Text that no database can keep is refused wherever it is.
 */
export function validateRequests(http: FastifyInstance): void {
  const [body, wholeBody, text] = [createBodies(false), createBodies(true), createTexts()]
  http.addHook('onRoute', (route) => {
    if (!takesNothing(route)) route.preValidation = [refuseUnstorable, route.preValidation ?? []].flat()
  })
  http.setValidatorCompiler<object>(({ schema, httpPart }) =>
    compiledLate(() =>
      httpPart === 'body' ? tellAllFaults(body.compile(schema), () => wholeBody.compile(schema)) : text.compile(schema),
    ),
  )
}

function withFormats(ajv: Ajv): Ajv {
  formats.default(ajv)
  return ajv
}

/**
 * Stops at the first fault, as most bodies have none and a large one may have a hundred thousand, and then, of a body of
 * reasonable size, looks for all. That second validator is compiled when it is first needed.
 */
function tellAllFaults(check: ValidateFunction, compileWhole: () => ValidateFunction) {
  let checkWhole: ValidateFunction | undefined
  return (body: unknown) => {
    if (check(body)) return true
    if (!isSmall(body)) return { error: asError(check.errors) }
    checkWhole ??= compileWhole()
    return { error: asError(checkWhole(body) ? check.errors : checkWhole.errors) }
  }
}

/** Fastify takes a list of faults where it expects an error, and makes the error itself. */
const asError = (faults: ValidateFunction['errors']) => (faults ?? []) as unknown as Error

const maxValues = 2000

function isSmall(body: unknown): boolean {
  const pending = [body]
  for (let seen = 0; pending.length > 0; seen++) {
    if (seen + pending.length > maxValues) return false
    const next = pending.pop()
    if (typeof next === 'object' && next !== null) pending.push(...Object.values(next).slice(0, maxValues))
  }
  return true
}

/** Whose query is refused by its own schema, if there is one. */
function takesNothing({ method, url, schema }: RouteOptions): boolean {
  const { properties = {} } = (schema?.querystring ?? {}) as { properties?: object }
  return method === 'GET' && !schema?.hide && !/[:*]/.test(url) && Object.keys(properties).length === 0
}

const refuseUnstorable: preValidationHookHandler = (request, _reply, done) => {
  const path =
    findUnstorableText(request.params, 'params') ??
    findUnstorableText(request.query, 'querystring') ??
    findUnstorableText(request.body, 'body')
  done(path === undefined ? undefined : unstorable(path))
}

const unstorable = (path: string) =>
  new AppError('invalid', 'invalid_request_body', `The request is not valid: ${path} holds a NUL or broken Unicode.`, {
    details: [{ path, message: 'must be Unicode text without NUL' }],
  })
