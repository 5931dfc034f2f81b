import type { FastifyInstance } from 'fastify'

/** Clients that send a content type with every request send none of its content with DELETE: an empty body is none. */
export function takeEmptyBodies(http: FastifyInstance): void {
  const parse = http.getDefaultJsonParser('error', 'error')
  http.removeContentTypeParser('application/json')
  http.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) =>
    body === '' ? done(null) : parse(request, body.toString(), done),
  )
}

/**
 * Leaves the bodies of a plugin's routes to their handlers, whatever their type: JSON is a file as well. Everything but
 * the body is held to its schema.
 */
export function takeBodiesAsTheyAre(http: FastifyInstance): void {
  http.removeAllContentTypeParsers()
  http.addContentTypeParser('*', (_request, _payload, done) => done(null))
  const compile = http.validatorCompiler
  if (!compile) throw new Error('requests are not validated yet')
  http.setValidatorCompiler((route) => (route.httpPart === 'body' ? () => true : compile(route)))
}
