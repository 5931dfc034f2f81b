import type { Upstreams } from '#platform/observability/upstreams.ts'
import type { Objects } from './objects.ts'

/** The same objects, with every request to the server that holds them watched; a `get` ends as its content begins. */
export function watchObjects(objects: Objects, upstreams: Upstreams): Objects {
  const watch = <T>(operation: string, work: () => Promise<T>) => upstreams.call({ system: 's3', operation }, work)
  return {
    put: (key, content) => watch('put', () => objects.put(key, content)),
    get: (key, range) => watch('get', () => objects.get(key, range)),
    delete: (key) => watch('delete', () => objects.delete(key)),
    list: (prefix, page) => watch('list', () => objects.list(prefix, page)),
    presign: objects.presign,
    collectDrafts: (before) => watch('collect_drafts', () => objects.collectDrafts(before)),
    check: () => watch('check', objects.check),
  }
}
