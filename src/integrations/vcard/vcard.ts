/** A parameter of a property; its name in capitals. */
export type VcardParam = Readonly<{ name: string; values: readonly string[] }>

/** One content line. `value` is as it stands in vCard 3 and 4: escaped; `name` is in capitals. */
export type VcardProperty = Readonly<{
  group: string | undefined
  name: string
  params: readonly VcardParam[]
  value: string
}>

export type VcardVersion = '3.0' | '4.0'

/** A vCard without its frame: BEGIN, VERSION and END are not among the properties. What was 2.1 is read as 3.0. */
export type Vcard = Readonly<{ version: VcardVersion; properties: readonly VcardProperty[] }>

export const property = (
  name: string,
  value: string,
  params: readonly VcardParam[] = [],
  group?: string,
): VcardProperty => ({ group, name, params, value })

/** Its values, of all parameters of that name; a list may come as several parameters or as one. */
export const paramValues = ({ params }: VcardProperty, name: string): readonly string[] =>
  params.filter((param) => param.name === name).flatMap(({ values }) => values.flatMap((value) => value.split(',')))

export const paramOf = (one: VcardProperty, name: string): string | undefined =>
  one.params.find((param) => param.name === name)?.values[0]

/** The property with the parameter set to these values; none of them takes it away. */
export function withParam(one: VcardProperty, name: string, values: readonly string[]): VcardProperty {
  const at = one.params.findIndex((param) => param.name === name)
  const others = one.params.filter((param) => param.name !== name)
  if (values.length === 0) return { ...one, params: others }
  return { ...one, params: others.toSpliced(at < 0 ? others.length : Math.min(at, others.length), 0, { name, values }) }
}

export const propertiesOf = ({ properties }: Vcard, name: string): readonly VcardProperty[] =>
  properties.filter((one) => one.name === name)

export const firstOf = ({ properties }: Vcard, name: string): VcardProperty | undefined =>
  properties.find((one) => one.name === name)
