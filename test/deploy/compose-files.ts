import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { parse } from 'yaml'

export const root = resolve(import.meta.dirname, '../..')
export const deployPath = join(root, 'deploy')

export type Service = {
  image?: string
  build?: unknown
  extends?: unknown
  restart?: string
  ports?: string[]
  volumes?: string[]
  networks?: string[] | Record<string, unknown>
  depends_on?: Record<string, { condition: string }>
  healthcheck?: { test: string[] }
  mem_limit?: string
  pids_limit?: number
}
export type ComposeFile = {
  path: string
  text: string
  content: { services: Record<string, Service>; volumes?: Record<string, unknown>; networks?: Record<string, unknown> }
}

/** Every file that compose-up.sh may join. */
export function readComposeFiles(): ComposeFile[] {
  return readdirSync(deployPath, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /^docker-compose[\w.-]*\.yml$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((path) => {
      const text = readFileSync(path, 'utf8')
      return { path: relative(root, path), text, content: parse(text, { merge: true }) }
    })
}

/** The names of variables of .env.example, with and without a value. */
export function documentedVariables(): Set<string> {
  const text = readFileSync(join(root, '.env.example'), 'utf8')
  return new Set([...text.matchAll(/^(?:# )?([A-Z][A-Z0-9_]+)=/gm)].map(([, name = '']) => name))
}

/** What a compose file takes from .env.resolved: `${NAME}`, and whether it has a default. */
export const variablesOf = (text: string): { name: string; hasDefault: boolean }[] =>
  [...text.replaceAll(/^\s*#.*$/gm, '').matchAll(/(?<!\$)\$\{([A-Z][A-Z0-9_]*)(:?-[^}]*)?\}/g)].map(
    ([, name = '', fallback]) => ({
      name,
      hasDefault: fallback !== undefined,
    }),
  )
