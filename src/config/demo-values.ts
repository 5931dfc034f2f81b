import type { Environment } from './reader.ts'
import { secretNamesAmong } from './secret-names.ts'

/** The key that .env.example ships, so that a first start needs no preparation. Everybody knows it. */
const demoCredentialKey = 'ZGVtby1rZXktZG8tbm90LXVzZS1pbi1wcm9kdWN0aW8='

/** The secrets that still have a value which everybody knows; production does not start with one. */
export function demoValueFaults(values: Environment): string[] {
  return secretNamesAmong(values)
    .filter((name) => /changeme/i.test(values[name] ?? '') || values[name]?.includes(demoCredentialKey))
    .map((name) => `${name} still has its demo value, which everybody knows; give it one of your own.`)
}
