import type { TestApp } from './app.ts'

/** The API document of an app, with what it refers to in place of the references. */
export async function readApiDocument<Document>(app: Pick<TestApp, 'request'>): Promise<Document> {
  const document = (await app.request('GET', '/api/v1/openapi.json')).body
  const resolve = (reference: string): unknown =>
    reference
      .slice('#/'.length)
      .split('/')
      .reduce((at, name) => at[name], document)
  for (const operations of Object.values<Record<string, { responses: Record<string, { $ref?: string }> }>>(
    document.paths,
  )) {
    for (const { responses } of Object.values(operations)) {
      for (const [status, { $ref }] of Object.entries(responses)) {
        if ($ref === undefined) continue
        const found = resolve($ref)
        if (!found) throw new Error(`The document refers to ${$ref}, which is not in it.`)
        responses[status] = found
      }
    }
  }
  return document
}
