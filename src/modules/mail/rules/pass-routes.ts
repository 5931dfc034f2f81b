import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { idempotencyHeaders } from '#platform/http/idempotency.ts'
import { page, pageQuery } from '#platform/http/routes.ts'
import { Id } from '../reading/wire.ts'
import { Application, ApplicationBody, Pass, SimulatedMatch, SimulationBody } from './pass-wire.ts'
import type { Passes } from './passes.ts'
import { ruleCodes } from './rule-checks.ts'
import { RuleParams } from './rule-wire.ts'

const SimulationParams = Type.Object({ simulation_id: Id })
const cancelled = { 204: Type.Null({ description: 'It has ended.' }) }

const ruleKeyOf = ({ ownerId, params }: { ownerId: string; params: { rule_id: string } }) => ({
  ownerId,
  id: params.rule_id,
})
const simulationKeyOf = ({ ownerId, params }: { ownerId: string; params: { simulation_id: string } }) => ({
  ownerId,
  id: params.simulation_id,
})

export function passRoutes(passes: Passes): FastifyPluginAsyncTypebox {
  const tags = ['mail']
  return async (http) => {
    http.post(
      '/rules/simulation',
      {
        schema: {
          summary: 'Try a rule on the newest mail that is there, without doing anything',
          description:
            'Runs in the background. The answered simulation tells how far it is; its matches tell which messages fit, ' +
            'which conditions decided, and what would be done. Kept for a day.',
          ...{ tags, headers: idempotencyHeaders, body: SimulationBody, response: { 202: Pass } },
        },
        config: {
          permission: 'mail:read',
          errors: {
            404: ['not_found'],
            409: ['mail.too_many_rule_passes'],
            422: [...ruleCodes, 'idempotency_key_reused'],
          },
        },
      },
      async ({ ownerId, body, headers }, reply) => {
        const answer = await passes.simulate(ownerId, body, headers['idempotency-key'])
        return reply.code(202).send(answer.body)
      },
    )

    http.get(
      '/rules/simulation/:simulation_id',
      {
        schema: { summary: 'How far a simulation is', tags, params: SimulationParams, response: { 200: Pass } },
        config: { permission: 'mail:read' },
      },
      (request) => passes.viewSimulation(simulationKeyOf(request)),
    )

    http.get(
      '/rules/simulation/:simulation_id/matches',
      {
        schema: {
          summary: 'Messages that fit a simulated rule, the newest first, each with the conditions that decided',
          ...{ tags, params: SimulationParams, querystring: Type.Object(pageQuery) },
          response: { 200: page(SimulatedMatch) },
        },
        config: { permission: 'mail:read' },
      },
      (request) => {
        const { cursor, limit = 50 } = request.query
        return passes.matches(simulationKeyOf(request), { cursor, limit })
      },
    )

    http.delete(
      '/rules/simulation/:simulation_id',
      {
        schema: { summary: 'End a simulation', tags, params: SimulationParams, response: cancelled },
        config: { permission: 'mail:read' },
      },
      async (request, reply) => {
        await passes.cancelSimulation(simulationKeyOf(request))
        return reply.code(204).send(null)
      },
    )

    http.post(
      '/rules/:rule_id/application',
      {
        schema: {
          summary: 'Run a rule on mail that is there already',
          description:
            'Runs in the background, each version of a rule once for each message. Nothing is forwarded, answered or ' +
            'told of.',
          ...{ tags, params: RuleParams, headers: idempotencyHeaders, body: ApplicationBody },
          response: { 202: Application },
        },
        config: {
          permission: 'mail:write',
          errors: {
            409: ['mail.rule_application_running', 'mail.too_many_rule_passes'],
            422: ['idempotency_key_reused'],
          },
        },
      },
      async (request, reply) => {
        const answer = await passes.apply(ruleKeyOf(request), request.body, request.headers['idempotency-key'])
        return reply.code(202).send(answer.body)
      },
    )

    http.get(
      '/rules/:rule_id/application',
      {
        schema: {
          summary: 'How far the latest run over existing mail is',
          tags,
          params: RuleParams,
          response: { 200: Application },
        },
        config: { permission: 'mail:read' },
      },
      (request) => passes.viewApplication(ruleKeyOf(request)),
    )

    http.delete(
      '/rules/:rule_id/application',
      {
        schema: {
          summary: 'End a run over existing mail; what is done stays done',
          ...{ tags, params: RuleParams, response: { 200: Application } },
        },
        config: { permission: 'mail:write' },
      },
      (request) => passes.cancelApplication(ruleKeyOf(request)),
    )
  }
}
