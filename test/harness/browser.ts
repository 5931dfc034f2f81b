export type PageRequest = {
  method?: string
  headers?: Record<string, string>
  /** Posted as a form. */
  form?: Record<string, string>
  /** Sent as JSON. */
  body?: unknown
}

export type Browser = ReturnType<typeof createBrowser>

/** As much of a browser as a sign-in needs: cookies by host and port; redirects are followed only when asked. */
export function createBrowser(cookies = new Map<string, Map<string, string>>()) {
  const jarOf = (url: URL): Map<string, string> => {
    const jar = cookies.get(url.host) ?? new Map<string, string>()
    cookies.set(url.host, jar)
    return jar
  }

  async function request(address: string, { method, headers = {}, form, body }: PageRequest = {}): Promise<Response> {
    const url = new URL(address)
    const jar = jarOf(url)
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const answer = await fetch(url, {
      method: method ?? (form || body !== undefined ? 'POST' : 'GET'),
      redirect: 'manual',
      headers: {
        ...(cookie && { cookie }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(form && { body: new URLSearchParams(form) }),
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    for (const line of answer.headers.getSetCookie()) keep(jar, line)
    return answer
  }

  return {
    request,
    /** Goes from page to page as long as it is redirected, but never to an address that begins with `until`. */
    async follow(first: Response, from: string, until: string): Promise<{ answer: Response; address: string }> {
      let [answer, address] = [first, from]
      for (;;) {
        const location = answer.headers.get('location')
        if (location === null) return { answer, address }
        address = new URL(location, address).href
        if (address.startsWith(until)) return { answer, address }
        answer = await request(address)
      }
    },
    cookie: (address: string, name: string) => jarOf(new URL(address)).get(name),
    setCookie: (address: string, name: string, value: string) => jarOf(new URL(address)).set(name, value),
    /** Another browser with the same cookies. */
    copy: () => createBrowser(new Map([...cookies].map(([host, jar]) => [host, new Map(jar)]))),
  }
}

function keep(jar: Map<string, string>, line: string): void {
  const [pair = '', ...attributes] = line.split(';').map((part) => part.trim())
  const at = pair.indexOf('=')
  const isRemoval = attributes.some((attribute) => /^(max-age=0|expires=Thu, 01 Jan 1970.*)$/i.test(attribute))
  if (isRemoval) jar.delete(pair.slice(0, at))
  else jar.set(pair.slice(0, at), pair.slice(at + 1))
}
