import { property, type VcardProperty } from '#integrations/vcard/vcard.ts'
import { escapeText, unescapeText } from '#integrations/vcard/vcard-text.ts'

/** Apple's own labels stand between these marks: `_$!<HomePage>!$_`. */
const marked = /^_\$!<(.*)>!\$_$/

/** Labels by their group, in capitals: `item1.X-ABLabel` belongs to `item1.TEL`. */
export function labelsOf(properties: readonly VcardProperty[]): Map<string, string> {
  const labels = new Map<string, string>()
  for (const { group, name, value } of properties) {
    const text = unescapeText(value).trim()
    if (group && name === 'X-ABLABEL' && text !== '') labels.set(group, text.replace(marked, '$1'))
  }
  return labels
}

/**
 * The properties with the label of `at` set, or taken away; a label that is as it was keeps its form. A label belongs to
 * its group, so a property that shares one with others gets a group of its own.
 */
export function withLabel(
  properties: readonly (VcardProperty | undefined)[],
  at: number,
  label: string | undefined,
): (VcardProperty | undefined)[] {
  const one = properties[at]
  if (!one) return [...properties]
  const present = properties.filter((other) => other !== undefined)
  const current = one.group === undefined ? undefined : labelsOf(present).get(one.group)
  if (current === label) return [...properties]
  const isAlone =
    one.group !== undefined &&
    !present.some((other) => other !== one && other.group === one.group && other.name !== 'X-ABLABEL')
  const cleared = properties.map((other) =>
    isAlone && other?.name === 'X-ABLABEL' && other.group === one.group ? undefined : other,
  )
  if (label === undefined) return isAlone ? cleared : cleared.with(at, { ...one, group: undefined })
  const group = isAlone && one.group ? one.group : freeGroup(present)
  return [...cleared.with(at, { ...one, group }), property('X-ABLABEL', escapeText(label), [], group)]
}

function freeGroup(properties: readonly VcardProperty[]): string {
  const taken = new Set(properties.map(({ group }) => group?.toLowerCase()))
  let number = 1
  while (taken.has(`item${number}`)) number++
  return `item${number}`
}
