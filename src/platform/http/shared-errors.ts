type Answer = {
  content?: { 'application/json'?: { schema?: { properties?: { code?: { enum?: readonly string[] } } } } }
}
type Document = {
  paths?: Record<string, object | undefined>
  components?: { responses?: Record<string, unknown> }
}

/**
 * The document with each failure that several operations tell in the same way written once, under `components`
 * (OpenAPI 3.1, Reference Object): two thirds of it are failures, and a reference page reads all of it whenever an
 * operation is opened. Failures are named by status and codes, so that the names stay when operations come and go.
 */
export function shareErrors<T extends Document>(document: T): T {
  const named = new Map<string, string>()
  const responses: Record<string, unknown> = { ...document.components?.responses }

  function referenceTo(status: string, answer: Answer): { $ref: string } {
    const text = JSON.stringify(answer)
    const name = named.get(text) ?? freeName(`${status}.${codesOf(answer).join('-')}`)
    named.set(text, name)
    responses[name] = answer
    return { $ref: `#/components/responses/${name}` }
  }

  const freeName = (wanted: string): string => {
    const isFree = (name: string) => !Object.hasOwn(responses, name)
    let name = wanted
    for (let count = 2; !isFree(name); count++) name = `${wanted}.${count}`
    return name
  }

  const sharing = <O extends { responses?: Record<string, Answer> }>(operation: O): O => ({
    ...operation,
    ...(operation.responses && {
      responses: Object.fromEntries(
        Object.entries(operation.responses).map(([status, answer]) => [
          status,
          isError(status) && codesOf(answer).length > 0 ? referenceTo(status, answer) : answer,
        ]),
      ),
    }),
  })

  const paths = Object.fromEntries(
    Object.entries(document.paths ?? {}).map(([path, operations]) => [
      path,
      Object.fromEntries(Object.entries(operations ?? {}).map(([method, operation]) => [method, sharing(operation)])),
    ]),
  )
  return { ...document, paths, components: { ...document.components, responses } }
}

const isError = (status: string): boolean => /^[45]/.test(status)

const codesOf = ({ content }: Answer): readonly string[] =>
  content?.['application/json']?.schema?.properties?.code?.enum ?? []
