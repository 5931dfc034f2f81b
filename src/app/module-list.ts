import type { Config } from '#config/config.ts'
import { type Module, meetDisabled } from '#platform/http/modules.ts'

/** Every module by its name and place; which are on is the configuration's word. */
export function moduleList({ nextcloud, meet, photos }: Config): Module[] {
  const on = (name: string, isEnabled = true): Module => ({ name, path: `/api/v1/${name}`, isEnabled })
  return [
    on('mail'),
    on('drive', nextcloud.isEnabled),
    on('calendar', nextcloud.isEnabled),
    on('contacts', nextcloud.isEnabled),
    { ...on('meet', meet.isEnabled), refusal: meetDisabled },
    on('photos', photos.isEnabled),
    on('search'),
    on('realtime'),
  ]
}
