import type { SearchLeaf, SearchNode } from '#modules/search/index.ts'
import type { presentAsset } from '../assets/asset-presentation.ts'

type Asset = ReturnType<typeof presentAsset>

/** What stands in a picture's title and beside it, for words to be found in. */
export const wordsOf = (asset: Asset): string => {
  const people = asset.people.map(({ name }) => name).filter(Boolean)
  const where = [asset.place?.city, asset.place?.state, asset.place?.country].filter(Boolean)
  return [asset.description, people.join(', '), [...new Set(where)].join(', ')].filter(Boolean).join(' · ')
}

/** Whether a picture is what was looked for. What makes no sense for pictures is false for them. */
export function isMatch(asset: Asset, node: SearchNode): boolean {
  if (node.kind === 'not') return !isMatch(asset, node.node)
  if (node.kind === 'all') return node.nodes.every((one) => isMatch(asset, one))
  if (node.kind === 'any') return node.nodes.some((one) => isMatch(asset, one))
  return hasLeaf(asset, node)
}

function hasLeaf(asset: Asset, leaf: SearchLeaf): boolean {
  switch (leaf.kind) {
    case 'words':
      return holds(`${asset.filename ?? ''} ${wordsOf(asset)}`, leaf.text)
    case 'field':
      return hasField(asset, leaf.field, leaf.text)
    case 'is':
      return leaf.state === 'starred' ? asset.is_favorite : leaf.state === 'unstarred' && !asset.is_favorite
    case 'since':
      return Date.parse(asset.taken_at ?? '') >= Date.parse(leaf.time)
    case 'until':
      return Date.parse(asset.taken_at ?? '') < Date.parse(leaf.time)
    case 'larger':
      return (asset.size_bytes ?? 0) > leaf.bytes
    case 'smaller':
      return asset.size_bytes !== null && asset.size_bytes < leaf.bytes
    case 'type':
      return ['photos', 'photos.asset'].includes(leaf.name)
    default:
      return false
  }
}

function hasField(asset: Asset, field: string, text: string): boolean {
  if (field === 'filename' || field === 'subject') return holds(asset.filename ?? '', text)
  return field === 'with' && asset.people.some(({ name }) => holds(name, text))
}

/** Whether a text has another in it, whatever their case and accents. */
export const holds = (text: string, part: string): boolean => folded(text).includes(folded(part))

/** Without case and accents. */
const folded = (text: string): string => text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase()
