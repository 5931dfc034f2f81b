import type { FastifyInstance } from 'fastify'

type Entry = { methods: Set<string>; pattern: RegExp; fixedParts: number }

/** Which methods the routes of a server take, for those who ask with another. To be called before any route is added. */
export function createRouteTable(http: FastifyInstance) {
  const entries = new Map<string, Entry>()
  http.addHook('onRoute', ({ method, url }) => {
    // What answers preflights anywhere.
    if (url === '*') return
    const entry = entries.get(url) ?? { methods: new Set(), ...readPattern(url) }
    for (const one of [method].flat()) entry.methods.add(one)
    entries.set(url, entry)
  })
  return {
    /**
     * The methods that are taken at `path`, in order of the alphabet: of routes with more fixed parts than the route
     * `than`, if it is given.
     */
    methodsAt(path: string, than?: string): string[] {
      const fixedParts = than === undefined ? -1 : readPattern(than).fixedParts
      const found = [...entries.values()].filter((entry) => entry.fixedParts > fixedParts && entry.pattern.test(path))
      return [...new Set(found.flatMap(({ methods }) => [...methods]))].sort()
    },
  }
}

/** `/accounts/:id`, `/files/*` as find-my-way reads them. */
function readPattern(url: string): Pick<Entry, 'pattern' | 'fixedParts'> {
  const parts = url.split('/')
  const source = parts.map((part) =>
    part
      .replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&')
      .replaceAll(/:[a-z_]+/gi, '[^/]+')
      .replaceAll('*', '.*'),
  )
  return { pattern: new RegExp(`^${source.join('/')}$`), fixedParts: parts.filter((part) => !/[:*]/.test(part)).length }
}
