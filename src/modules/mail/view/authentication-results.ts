/** One method's result (RFC 8601 §2.3); properties as `smtp.mailfrom`. */
export type AuthenticationResult = { method: string; result: string; properties: ReadonlyMap<string, string> }

export type AuthenticationResults = { authservId: string; results: AuthenticationResult[] }

const maxLength = 10_000
const maxResults = 30

/**
 * Reads the value of an Authentication-Results field (RFC 8601 §2.2). `authservId` is empty where a server leaves it
 * out, as Microsoft's do. Never throws: what cannot be read is left out.
 */
export function parseAuthenticationResults(value: string): AuthenticationResults {
  const [head = '', ...rest] = segments(value.slice(0, maxLength))
  const startsWithResult = /^[\w-]+(?:\/\d+)?\s*=/.test(head)
  const [authservId = ''] = startsWithResult ? [''] : head.split(/\s+/)
  const infos = startsWithResult ? [head, ...rest] : rest
  return {
    authservId: authservId.toLowerCase(),
    results: infos.slice(0, maxResults).flatMap((info) => resultOf(info) ?? []),
  }
}

/** Split at semicolons, without comments (RFC 5322 §3.2.2, which may nest); quotes are undone. */
function segments(value: string): string[] {
  const found = ['']
  let depth = 0
  let isQuoted = false
  const put = (character: string) => {
    found[found.length - 1] += character
  }
  for (let at = 0; at < value.length; at++) {
    const character = value.charAt(at)
    if (character === '\\' && (isQuoted || depth > 0)) {
      at += 1
      if (depth === 0) put(value.charAt(at))
    } else if (isQuoted) {
      if (character === '"') isQuoted = false
      // What a quoted value says is one word.
      else put(/[\s;=]/.test(character) ? '_' : character)
    } else if (character === '(') depth += 1
    else if (depth > 0) depth -= character === ')' ? 1 : 0
    else if (character === '"') isQuoted = true
    else if (character === ';') found.push('')
    else put(character)
  }
  return found.map((segment) =>
    segment
      .trim()
      .replace(/\s+/g, ' ')
      .replace(/ ?([=/]) ?/g, '$1'),
  )
}

function resultOf(info: string): AuthenticationResult | undefined {
  const [first = '', ...words] = info.split(' ')
  const [, method, result] = /^([\w-]{1,40})(?:\/\d+)?=([\w-]{1,40})$/.exec(first) ?? []
  if (method === undefined || result === undefined) return undefined
  const properties = new Map<string, string>()
  for (const word of words) {
    const [, name, value] = /^([\w-]{1,40}\.[\w-]{1,40})=(\S{1,320})$/.exec(word) ?? []
    if (name !== undefined && value !== undefined && !properties.has(name)) properties.set(name.toLowerCase(), value)
  }
  return { method: method.toLowerCase(), result: result.toLowerCase(), properties }
}
