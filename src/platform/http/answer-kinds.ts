/** Which answers are counted and logged alike. */
export type AnswerKind = { route: string; method: string; status: number }

/** The configuration object of a route: there is one for each, or one for all methods that a route takes. */
type RouteConfig = { url?: string | undefined }

/**
 * What there is one of for each kind of answer, made for its first. It is kept on the route itself: any look-up by a key
 * that is put together would cost more than what it is for. Node takes some thirty methods, so nobody makes up kinds.
 */
export function ofEachKind<T>(make: (kind: AnswerKind) => T) {
  const here = Symbol('of each kind')
  type Marked = RouteConfig & { [here]?: Record<string, (T | undefined)[]> }
  function add(config: Marked, method: string, status: number): T {
    const made = make({ route: config.url ?? 'unmatched', method, status })
    const byMethod = config[here] ?? {}
    const byStatus = byMethod[method] ?? []
    byStatus[status] = made
    byMethod[method] = byStatus
    config[here] = byMethod
    return made
  }
  return (config: RouteConfig, method: string, status: number): T =>
    (config as Marked)[here]?.[method]?.[status] ?? add(config, method, status)
}
