import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '../..')
const aliases: Readonly<Record<string, string>> = {
  '#config/': 'src/config/',
  '#platform/': 'src/platform/',
  '#integrations/': 'src/integrations/',
  '#modules/': 'src/modules/',
}

/** `target`: a path of the repository, or the name of a package. */
export type Import = { target: string; isTypeOnly: boolean; isOurs: boolean }
export type SourceFile = { path: string; text: string; lines: number; isTest: boolean; imports: Import[] }

/** Every TypeScript file below these folders of the repository, with what it imports. */
export function readSourceFiles(...folders: string[]): SourceFile[] {
  return folders.flatMap(listFiles).map((path) => {
    const text = readFileSync(join(root, path), 'utf8')
    const imports = importsOf(text).map(({ specifier, isTypeOnly }) => ({ isTypeOnly, ...locate(path, specifier) }))
    return { path, text, lines: text.trimEnd().split('\n').length, isTest: path.endsWith('.test.ts'), imports }
  })
}

function listFiles(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort()
}

const staticImport = /^(?:import|export)\s+(type\s+)?(?:([^'";]*?)\s+from\s+)?'([^']+)'/gm
const dynamicImport = /\bimport\('([^']+)'\)/g

function importsOf(text: string): { specifier: string; isTypeOnly: boolean }[] {
  const found = [...text.matchAll(staticImport)].map(([, isType, clause = '', specifier = '']) => ({
    specifier,
    isTypeOnly: isType !== undefined || areAllTypes(clause),
  }))
  const dynamic = [...text.matchAll(dynamicImport)].map(([, specifier = '']) => ({ specifier, isTypeOnly: false }))
  return [...found, ...dynamic]
}

/** `{ type A, type B }` */
function areAllTypes(clause: string): boolean {
  const [, names] = /^\{([^}]*)\}$/.exec(clause.trim()) ?? []
  const parts = names?.split(',').map((name) => name.trim()) ?? []
  return parts.some(Boolean) && parts.every((name) => name === '' || name.startsWith('type '))
}

function locate(from: string, specifier: string): { target: string; isOurs: boolean } {
  const alias = Object.keys(aliases).find((prefix) => specifier.startsWith(prefix))
  if (alias) return { target: specifier.replace(alias, aliases[alias] ?? ''), isOurs: true }
  if (specifier.startsWith('.')) return { target: join(dirname(from), specifier), isOurs: true }
  return { target: specifier, isOurs: false }
}
