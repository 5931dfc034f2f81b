import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export type DependencyLicence = { name: string; version: string; licence: string }

type Manifest = {
  name: string
  version: string
  license?: string | { type?: string }
  licenses?: { type?: string }[]
  dependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
}

const root = fileURLToPath(new URL('../../..', import.meta.url))

/** Every package that the running program may load, as it is installed, by name. */
export async function dependencyLicences(): Promise<DependencyLicence[]> {
  const found = new Map<string, DependencyLicence>()
  const queue = await neededBy(root)
  for (let place = queue.pop(); place !== undefined; place = queue.pop()) {
    const manifest = await manifestOf(place)
    const key = `${manifest.name}@${manifest.version}`
    if (found.has(key)) continue
    found.set(key, { name: manifest.name, version: manifest.version, licence: licenceOf(manifest) })
    queue.push(...(await neededBy(place)))
  }
  return [...found.values()].sort((one, other) => one.name.localeCompare(other.name))
}

const manifestOf = async (place: string): Promise<Manifest> =>
  JSON.parse(await readFile(join(place, 'package.json'), 'utf8')) as Manifest

/** Where what a package needs is installed; what is optional may not be. */
async function neededBy(place: string): Promise<string[]> {
  const { dependencies, optionalDependencies } = await manifestOf(place)
  return Object.keys({ ...dependencies, ...optionalDependencies }).flatMap((name) => installed(name, place) ?? [])
}

/** As Node looks for it: the nearest `node_modules` upwards. */
function installed(name: string, from: string): string | undefined {
  for (let at = from; at.length >= root.length - 1; at = dirname(at)) {
    const place = join(at, 'node_modules', name)
    if (existsSync(join(place, 'package.json'))) return place
  }
  return undefined
}

function licenceOf({ license, licenses }: Manifest): string {
  if (typeof license === 'string') return license
  const named = [license, ...(licenses ?? [])].flatMap((one) => one?.type ?? [])
  return named.length > 0 ? named.join(' OR ') : 'unknown'
}
