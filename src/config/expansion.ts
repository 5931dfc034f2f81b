/** A fault of an env file, with the names of the variables in it. */
export class ExpansionError extends Error {
  readonly faults: readonly string[]
  constructor(faults: readonly string[]) {
    super(`The variables cannot be expanded:\n${faults.map((fault) => `  ${fault}`).join('\n')}`)
    this.name = 'ExpansionError'
    this.faults = faults
  }
}

const reference = /\\\{\{|\{\{\s*([A-Za-z_][A-Za-z0-9_]*)\s*\}\}/g

/**
 * Replaces `{{NAME}}` in the values of `templates` by the value of NAME, which may hold references itself, in any order.
 * `literals` are values that are taken as they are and win over templates of the same name. `\{{` stands for `{{`.
 * @param names the templates that are answered; all by default.
 * @throws ExpansionError naming every unknown variable and every cycle.
 */
export function expandVariables(
  templates: Readonly<Record<string, string>>,
  literals: Readonly<Record<string, string>> = {},
  names: readonly string[] = Object.keys(templates),
): Record<string, string> {
  const faults = new Set<string>()
  const expanded = new Map<string, string>(Object.entries(literals))

  function resolve(name: string, path: readonly string[]): string {
    const known = expanded.get(name)
    if (known !== undefined) return known
    const template = Object.hasOwn(templates, name) ? templates[name] : undefined
    if (template === undefined) {
      faults.add(`${path.at(-1)} refers to {{${name}}}, which is not set; set it or correct the name.`)
      return ''
    }
    if (path.includes(name)) {
      const cycle = [...path.slice(path.indexOf(name)), name].join(' → ')
      faults.add(`${cycle} go round in a circle; give one of them a value of its own.`)
      return ''
    }
    const value = template.replace(reference, (match, inner?: string) =>
      inner === undefined ? match.slice(1) : resolve(inner, [...path, name]),
    )
    expanded.set(name, value)
    return value
  }

  const result = Object.fromEntries(names.map((name) => [name, resolve(name, [])]))
  if (faults.size > 0) throw new ExpansionError([...faults])
  return { ...result, ...literals }
}
