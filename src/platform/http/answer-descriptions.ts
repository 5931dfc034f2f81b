import type { RouteOptions } from 'fastify'

type Answer = { description?: string; content?: object; properties?: object }

/** What the reference says of answers that do not say it themselves, by what was asked. */
export function describeAnswers({ method, schema }: RouteOptions): Record<string, object> {
  const { summary = '', response = {} } = schema ?? {}
  return Object.fromEntries(
    Object.entries(response as Record<string, Answer>).map(([status, answer]) => {
      if (answer.description || answer.content) return [status, answer]
      const description = method === 'GET' && status === '200' ? asked(summary, answer) : done(status, String(method))
      return [status, { ...answer, 'x-response-description': description }]
    }),
  )
}

/** The title of a question says what its answer is. */
const asked = (summary: string, { properties = {} }: Answer): string =>
  'next_cursor' in properties ? `${summary}. One page; \`next_cursor\` leads to the next.` : `${summary}.`

function done(status: string, method: string): string {
  if (status === '201') return 'It is made; this is how it is now.'
  if (status === '202') return 'It is taken down, and done in the background.'
  if (status === '204') return 'It is done.'
  if (method === 'PUT' || method === 'PATCH') return 'It is changed; this is how it is now.'
  return 'It is done; this is what came of it.'
}
