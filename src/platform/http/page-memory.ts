type Page = { version: string; body: Buffer }

/**
 * Pages of lists as they were answered last, at most so many bytes of them, the longest unused forgotten first.
 * Each holds for one version of what it lists, which the database tells each time: nothing old is ever answered.
 */
export function createPageMemory({ maxBytes }: { maxBytes: number }) {
  const pages = new Map<string, Page>()
  let size = 0

  function forget(key: string): void {
    size -= pages.get(key)?.body.length ?? 0
    pages.delete(key)
  }

  return {
    get(key: string, version: string): Buffer | undefined {
      const page = pages.get(key)
      if (page?.version !== version) return undefined
      pages.delete(key)
      pages.set(key, page)
      return page.body
    },
    set(key: string, version: string, body: Buffer): void {
      forget(key)
      if (body.length > maxBytes / 8) return
      pages.set(key, { version, body })
      size += body.length
      for (const oldest of pages.keys()) {
        if (size <= maxBytes) return
        forget(oldest)
      }
    },
  }
}
