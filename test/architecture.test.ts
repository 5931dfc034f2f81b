import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { type Import, readSourceFiles, type SourceFile } from './harness/source-files.ts'

/**
 * Which part may import which: values by `may`, types also by `mayAsTypes`. A part that is not named here, and an arrow
 * that is not drawn here, fails the test. `self` is the same module or integration.
 */
const arrows: Readonly<Record<string, { may: readonly string[]; mayAsTypes?: readonly string[] }>> = {
  main: { may: ['cli', 'config'] },
  cli: { may: ['cli', 'app', 'config', 'platform', 'module index'] },
  app: { may: ['app', 'module index', 'integrations', 'platform'], mayAsTypes: ['config'] },
  modules: { may: ['self', 'integrations', 'platform'], mayAsTypes: ['module index', 'config'] },
  integrations: { may: ['integrations', 'platform'] },
  platform: { may: ['platform'] },
  config: { may: ['config'] },
}

/** Modules that take what others give and know none of them. */
const sinks = ['search', 'realtime']

const partOf = (path: string): string => {
  if (path === 'src/main.ts') return 'main'
  if (path === 'src/app.ts') return 'app'
  return path.startsWith('src/') ? (path.split('/')[1] ?? '') : 'outside'
}
const moduleOf = (path: string): string | undefined => /^src\/modules\/([^/]+)\//.exec(path)?.[1]

/** What an import leads to, in the words of the table. */
function kindOf(from: SourceFile, { target }: Import): string {
  const part = partOf(target)
  if (part !== 'modules') return part
  if (moduleOf(target) === moduleOf(from.path)) return 'self'
  return /^src\/modules\/[^/]+\/index\.ts$/.test(target) ? 'module index' : 'inside of a module'
}

function isAllowed(from: SourceFile, to: Import): boolean {
  const { may, mayAsTypes = [] } = arrows[partOf(from.path)] ?? { may: [] }
  const kind = kindOf(from, to)
  const module = moduleOf(from.path)
  if (kind === 'module index' && module !== undefined && sinks.includes(module)) return false
  return may.includes(kind) || (to.isTypeOnly && mayAsTypes.includes(kind))
}

const show = (from: SourceFile, what: string) => `${from.path}: ${what}`

suite('architecture', () => {
  const src = readSourceFiles('src')
  const all = [...src, ...readSourceFiles('sandbox', 'test', 'scripts', 'bench')]
  const product = src.filter(({ isTest }) => !isTest)

  test('every arrow between the parts is drawn in the table', () => {
    const wrong = product.flatMap((file) =>
      file.imports
        .filter((one) => one.isOurs && !isAllowed(file, one))
        .map((one) => show(file, `${one.isTypeOnly ? 'type of ' : ''}${one.target}`)),
    )
    assert.deepEqual(wrong, [])
  })

  test('every import names a file that is there, with its ending', () => {
    const paths = new Set(all.map(({ path }) => path))
    const wrong = all.flatMap((file) =>
      file.imports
        .filter(({ isOurs, target }) => isOurs && target.endsWith('.ts') !== paths.has(target))
        .map(({ target }) => show(file, target)),
    )
    assert.deepEqual(wrong, [])
  })

  test('the process belongs to main: nobody else reads its environment or writes to its streams', () => {
    const wrong = product
      .filter(({ path }) => path !== 'src/main.ts')
      .flatMap((file) =>
        [...withoutComments(file.text).matchAll(/\b(process\.\w+|console\.\w+)/g)].map(([use]) => show(file, use)),
      )
      // Constants of the running program, which say nothing about its surroundings.
      .filter((use) => !/process\.(pid|versions)$/.test(use))
    assert.deepEqual(wrong, [])
  })

  test('SQL is written in stores and in what the database is made of, never in rules and routes', () => {
    const isStore = ({ path }: SourceFile) => /(-store|-sweep|-retention|retention|migrate)\.ts$/.test(path)
    const wrong = product
      .filter((file) => moduleOf(file.path) !== undefined && !isStore(file))
      .filter(({ text }) => /\bsql(<[^`]*>)?`|\.(selectFrom|insertInto|updateTable|deleteFrom)\(/.test(text))
      .map(({ path }) => path)
    assert.deepEqual(wrong, [])
  })

  test('routes hold no SQL and rules no HTTP: Fastify is imported by routes, modules and the HTTP edge alone', () => {
    const mayKnow = /(-routes|\/index|-wire|-schemas?|-plugin)\.ts$|^src\/platform\/(http|auth)\//
    const wrong = product
      .filter(({ path, imports }) => !mayKnow.test(path) && imports.some(({ target }) => target === 'fastify'))
      .map(({ path }) => path)
    assert.deepEqual(wrong, [])
  })

  test('a file fits its measure: 300 lines, a test 400', () => {
    const generated = 'src/platform/database/generated.ts'
    const wrong = all
      .filter(({ path, lines, isTest }) => path !== generated && lines > (isTest ? 400 : 300))
      .map((file) => show(file, `${file.lines} lines`))
    assert.deepEqual(wrong, [])
  })

  test('files are kebab-case, and nothing is exported by default', () => {
    const wrong = all
      .filter(({ path }) => !/^([a-z0-9-]+\/)*[a-z0-9-]+(\.test)?\.ts$/.test(path))
      .map(({ path }) => path)
    const defaults = all.filter(({ text }) => /^export default\b/m.test(text)).map(({ path }) => path)
    assert.deepEqual([...wrong, ...defaults], [])
  })

  test('a test is skipped for a stated reason only, and none keeps the others from running', () => {
    const marks = /\b(test|suite|it|describe)\.(only|skip|todo)\(|\b(only|skip|todo): true\b/g
    const wrong = all
      .filter(({ isTest, path }) => isTest && path !== 'test/architecture.test.ts')
      .flatMap((file) => [...file.text.matchAll(marks)].map(([use]) => show(file, use)))
    assert.deepEqual(wrong, [])
  })
})

const withoutComments = (text: string): string => text.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$|(?<=\s)\/\/ .*$/gm, '')
