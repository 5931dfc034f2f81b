import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { ObjectReferences } from '#platform/objects/orphan-collection.ts'
import { createEraser, type ErasureDeps } from './erasure.ts'
import { createErasures } from './erasures.ts'
import { createExports, type ExportDeps } from './exports.ts'
import { erasureRoutes, exportRoutes } from './offboarding-routes.ts'
import { transferRoutes } from './transfer-routes.ts'
import { createTransfers } from './transfers.ts'

export type OffboardingDeps = ExportDeps &
  Omit<ErasureDeps, 'objectPrefixes'> & {
    /** Of all modules; read once all are there. */
    objectReferences: () => readonly ObjectReferences[]
  }

/** People who leave, all joined. */
export function createOffboarding(deps: OffboardingDeps) {
  const exports = createExports(deps)
  const objectPrefixes = () => [...deps.objectReferences(), exports.references].map(({ prefix }) => prefix)
  const erasures = createErasures({ ...deps, erase: createEraser({ ...deps, objectPrefixes }) })
  const transfers = createTransfers(deps)
  const routes: FastifyPluginAsyncTypebox = async (http) => {
    await http.register(exportRoutes(exports))
    await http.register(erasureRoutes(erasures))
    await http.register(transferRoutes(transfers))
  }
  return {
    routes,
    eraseOwner: erasures.planFor,
    jobs: [exports.handler, erasures.handler, transfers.handler],
    sweeps: [exports.sweep, erasures.sweep, transfers.sweep],
    objectReferences: [exports.references],
  }
}
