import type { Transact } from '#platform/database/database.ts'
import { notFound } from '#platform/errors.ts'
import { type Feature, features, featuresKey, featuresOff } from '#platform/http/features.ts'
import { type Maintenance, maintenanceKey, maintenanceOf } from '#platform/http/maintenance.ts'
import type { LiveSettings } from '#platform/settings/live-settings.ts'
import { type Caller, recordChange } from '../changes.ts'

export type Switches = ReturnType<typeof createSwitches>

/** What is switched while the installation runs: maintenance, and single features. */
export function createSwitches({ transact, settings }: { transact: Transact; settings: LiveSettings }) {
  const maintenance = () => {
    const { isOn, message } = maintenanceOf(settings)
    return { is_on: isOn, message }
  }
  const listed = () => {
    const off = featuresOff(settings)
    return Object.entries(features).map(([name, description]) => ({ name, description, is_on: !off.includes(name) }))
  }

  return {
    maintenance,
    features: listed,

    setMaintenance: (caller: Caller, next: Maintenance) =>
      transact(async (tx) => {
        const before = (await settings.lock(tx, maintenanceKey)) ?? { isOn: false, message: null }
        await settings.put(tx, maintenanceKey, next)
        await recordChange(tx, caller, { action: 'admin.maintenance_changed', before, after: next })
      }),

    /** @throws AppError `not_found`. */
    async setFeature(caller: Caller, name: string, isOn: boolean): Promise<void> {
      if (!Object.hasOwn(features, name)) throw notFound('feature')
      await transact(async (tx) => {
        const { off = [] } = ((await settings.lock(tx, featuresKey)) ?? {}) as { off?: string[] }
        const others = off.filter((one) => one !== name)
        await settings.put(tx, featuresKey, { off: isOn ? others : [...others, name as Feature].sort() })
        await recordChange(tx, caller, {
          ...{ action: 'admin.feature_switched', target: name },
          ...{ before: { is_on: !off.includes(name) }, after: { is_on: isOn } },
        })
      })
    },
  }
}
