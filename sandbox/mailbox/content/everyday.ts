import type { Pattern } from '../pattern.ts'
import { computingPatterns } from './everyday-computing.ts'
import { frenchPatterns } from './everyday-french.ts'
import { machinePatterns } from './everyday-machines.ts'
import { schoolPatterns } from './everyday-school.ts'
import { supplierPatterns } from './everyday-suppliers.ts'
import { townPatterns } from './everyday-town.ts'

/** Everything that comes regularly. */
export const everydayPatterns: readonly Pattern[] = [
  ...frenchPatterns,
  ...schoolPatterns,
  ...supplierPatterns,
  ...townPatterns,
  ...computingPatterns,
  ...machinePatterns,
]
