import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { dependencyLicences } from '#platform/observability/dependency-licences.ts'
import { callerOf, Nothing } from '../admin-schemas.ts'
import type { JobQueue } from './job-queue.ts'
import type { createOverview } from './overview.ts'
import { Overview } from './overview-wire.ts'
import type { SecretState } from './secrets.ts'
import { Jobs, Licences, SecretStatus, Unlocked } from './system-wire.ts'

const tags = ['admin']
const config = { permission: 'admin:operations' as const }
const JobParams = Type.Object({ job_id: Type.String({ pattern: '^\\d{1,18}$', examples: ['42'] }) })

export function systemRoutes(deps: {
  overview: ReturnType<typeof createOverview>
  queue: JobQueue
  secrets: SecretState
}): FastifyPluginAsyncTypebox {
  const { overview, queue, secrets } = deps
  return async (http) => {
    http.get(
      '/operations/overview',
      { schema: { summary: 'How the installation is', tags, response: { 200: Overview } }, config },
      () => overview.look(),
    )
    http.get(
      '/operations/jobs',
      { schema: { summary: 'The queue of background jobs', tags, response: { 200: Jobs } }, config },
      () => queue.list(),
    )
    http.post(
      '/operations/jobs/:job_id/run',
      {
        schema: {
          summary: 'Run a job that failed now, with all its attempts before it',
          ...{ tags, params: JobParams, response: { 204: Nothing } },
        },
        config: { ...config, errors: { 409: ['admin.job_running'] } },
      },
      async (request, reply) => {
        await queue.runNow(callerOf(request), request.params.job_id)
        return reply.code(204).send(null)
      },
    )
    http.post(
      '/operations/jobs/unlock',
      {
        schema: { summary: 'Free the jobs that dead nodes took along', tags, response: { 200: Unlocked } },
        config,
      },
      (request) => queue.unlock(callerOf(request)),
    )
    http.get(
      '/operations/secrets',
      {
        schema: { summary: 'How old secrets are, and which keys are in use', tags, response: { 200: SecretStatus } },
        config,
      },
      () => secrets.status(),
    )
    http.post(
      '/operations/secrets/reencryption',
      {
        schema: {
          summary: 'Move all stored secrets to the active key, in the background',
          ...{ tags, response: { 202: SecretStatus } },
        },
        config,
      },
      async (request, reply) => {
        await secrets.reencrypt(callerOf(request))
        return reply.code(202).send(await secrets.status())
      },
    )
    http.get(
      '/operations/licences',
      {
        schema: { summary: 'Licences of all packages that Ulti runs with', tags, response: { 200: Licences } },
        config,
      },
      async () => ({ items: await dependencyLicences() }),
    )
  }
}
