import type { ErrorDetail } from '#platform/errors.ts'

/** A fault as the validator tells it (Ajv's ErrorObject). */
export type Fault = {
  keyword: string
  instancePath: string
  schemaPath: string
  params: Record<string, unknown>
  message?: string | undefined
  /** What it does not hold to, where the validator is told to tell. */
  parentSchema?: object | undefined
}

const maxDetails = 50

/** What is wrong with the `part` of a request, each place once, in words for people. */
export function detailsOf(faults: readonly Fault[], part: string): ErrorDetail[] {
  const details = withoutArms(faults).map((fault) => detailOf(fault, part))
  const first = new Map<string, ErrorDetail>()
  for (const detail of details) if (!first.has(detail.path)) first.set(detail.path, detail)
  return [...first.values()].slice(0, maxDetails)
}

/** Each arm of a union tells its own faults: leaves those of the arm that was most likely meant. */
function withoutArms(faults: readonly Fault[]): readonly Fault[] {
  // The outermost: those inside of it go with its arms.
  const union = faults
    .filter(({ keyword }) => keyword === 'anyOf' || keyword === 'oneOf')
    .toSorted((one, other) => one.schemaPath.length - other.schemaPath.length)[0]
  if (!union) return faults
  const isInside = ({ schemaPath, instancePath }: Fault) =>
    schemaPath.startsWith(`${union.schemaPath}/`) && instancePath.startsWith(union.instancePath)
  const others = faults.filter((fault) => fault !== union && !isInside(fault))
  const arms = new Map<string, Fault[]>()
  for (const fault of faults.filter(isInside)) {
    const arm = fault.schemaPath.slice(union.schemaPath.length + 1).split('/')[0] ?? ''
    arms.set(arm, [...(arms.get(arm) ?? []), fault])
  }
  return [...withoutArms(others), ...meantOf(union, [...arms.values()].map(withoutArms))]
}

function meantOf(union: Fault, arms: readonly (readonly Fault[])[]): readonly Fault[] {
  const isOther = (fault: Fault) => fault.instancePath === union.instancePath && fault.keyword === 'type'
  const possible = arms.filter((arm) => !arm.some(isOther))
  if (possible.length === 0) {
    const types = arms.flatMap((arm) => arm.filter(isOther).map(({ params }) => String(params.type)))
    return [{ ...union, message: `must be ${[...new Set(types)].join(' or ')}` }]
  }
  // An object's kind stands in a member with one value in each arm.
  const ofKind = possible.filter((arm) => !arm.some(({ keyword }) => keyword === 'const'))
  const [meant, ...rest] = ofKind
  if (meant && rest.length === 0) return meant
  const kinds = possible.flatMap((arm) => arm.filter(({ keyword }) => keyword === 'const'))
  const [kind] = kinds
  if (ofKind.length === 0 && kind) {
    const values = kinds.filter(({ instancePath }) => instancePath === kind.instancePath)
    return [{ ...kind, message: `must be one of ${values.map(({ params }) => params.allowedValue).join(', ')}` }]
  }
  return possible.toSorted((one, other) => one.length - other.length)[0] ?? [union]
}

function detailOf({ instancePath, keyword, message, params, parentSchema }: Fault, part: string): ErrorDetail {
  const pointer = instancePath.split('/').slice(1).map(unescapePointer)
  const pathTo = (...more: string[]) => [part, ...pointer, ...more].join('.')
  const { additionalProperty, missingProperty, allowedValues } = params
  if (typeof additionalProperty === 'string') {
    return { path: pathTo(additionalProperty), message: 'is not known here' }
  }
  if (typeof missingProperty === 'string') return { path: pathTo(missingProperty), message: 'is missing' }
  if (Array.isArray(allowedValues)) return { path: pathTo(), message: `must be one of ${allowedValues.join(', ')}` }
  if (message === 'must be equal to constant') return { path: pathTo(), message: `must be ${params.allowedValue}` }
  if (keyword === 'pattern') return { path: pathTo(), message: formOf(parentSchema ?? {}) }
  const expected = expectations[`${keyword} ${params.format ?? params.limit ?? ''}`]
  const bound = bounds[keyword]?.(params.limit)
  return { path: pathTo(), message: expected ?? bound ?? message ?? 'is not valid' }
}

/** What a text should look like, for people: few of them read regular expressions. */
function formOf({ pattern, examples = [] }: { pattern?: string; examples?: readonly unknown[] }): string {
  if (pattern === '\\S') return 'must not be blank'
  return examples.length > 0 ? `must look like ${examples.join(' or ')}` : 'does not have the form that it should'
}

/** What the validator says in its own terms, said for people. */
const expectations: Readonly<Record<string, string>> = {
  'format uuid': 'must be an id, as an earlier answer gave it',
  'format email': 'must be an e-mail address',
  'format date-time': 'must be a time with its zone, such as 2026-05-23T09:00:00Z',
  'format date': 'must be a day, such as 2026-05-23',
  'format uri': 'must be a whole address, such as https://example.org/',
  'minLength 1': 'must not be empty',
  'minItems 1': 'must not be empty',
}

const bounds: Readonly<Record<string, (limit: unknown) => string>> = {
  minimum: (limit) => `must be at least ${limit}`,
  maximum: (limit) => `must be at most ${limit}`,
  minLength: (limit) => `must have at least ${limit} characters`,
  maxLength: (limit) => `must have at most ${limit} characters`,
  minItems: (limit) => `must have at least ${limit} items`,
  maxItems: (limit) => `must have at most ${limit} items`,
  maxProperties: (limit) => `must have at most ${limit} members`,
  uniqueItems: () => 'must not have the same item twice',
}

/** RFC 6901 §4. */
const unescapePointer = (token: string): string => token.replaceAll('~1', '/').replaceAll('~0', '~')
