import { SerializerSelector } from '@fastify/fast-json-stringify-compiler'
import type { FastifySchemaCompiler, FastifyServerOptions } from 'fastify'

type Validator = ReturnType<FastifySchemaCompiler<object>>
type Check = { (value: unknown): unknown; errors?: unknown }
type CompilersFactory = NonNullable<NonNullable<FastifyServerOptions['schemaController']>['compilersFactory']>

/**
 * Hundreds of routes with a schema for each status are seconds of compiling, of which a node needs little in its first
 * minute and some of it never. Each schema is compiled when the first request needs it.
 */
export const compileAnswersLate: CompilersFactory = {
  buildSerializer(externalSchemas, options) {
    const compile = SerializerSelector()(externalSchemas, options)
    return (route) => {
      let serialize: ((document: unknown) => string) | undefined
      return (document) => {
        serialize ??= compile(route as Parameters<typeof compile>[0])
        return serialize(document)
      }
    }
  },
}

/** A validator whose schema is compiled by its first use. Fastify reads `errors` after an answer of false. */
export function compiledLate(compile: () => Check): Validator {
  let check: Check | undefined
  const validate: Check = (value) => {
    check ??= compile()
    const verdict = check(value)
    validate.errors = check.errors
    return verdict
  }
  return validate as Validator
}
