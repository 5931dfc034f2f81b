import type { MeetConfig, PhotosConfig } from '#config/config.ts'
import type { PhotosProbe } from '#modules/photos/index.ts'
import { type Check, ok, warning } from './check.ts'

/** Immich, when photos are switched on. */
export function photosChecks({ isEnabled, url }: Pick<PhotosConfig, 'isEnabled' | 'url'>, probe: PhotosProbe): Check[] {
  if (!isEnabled) return []
  return [
    {
      name: 'immich',
      advice: 'Check IMMICH_URL, that Immich 2 or 3 runs there, and that this machine reaches it.',
      run: async () => ok(`version ${await probe.version()} at ${url}`),
    },
    {
      name: 'immich key',
      advice:
        'Give IMMICH_ADMIN_API_KEY a key of an administrator of Immich that may do adminUser.create, .read, .update and .delete.',
      run: async () => {
        if (!probe.hasAdminKey) return ok('none: each person links a key of their own')
        await probe.tryAdminKey()
        return ok('the one of the administrator is taken')
      },
    },
  ]
}

/** Jitsi, when meetings are switched on. Browsers reach it; that this machine does too is no must. */
export function meetingsChecks({ isEnabled, url }: Pick<MeetConfig, 'isEnabled' | 'url'>): Check[] {
  if (!isEnabled) return []
  const advice = 'Check JITSI_PUBLIC_URL, and open it in a browser: that is who has to reach it.'
  return [
    {
      name: 'jitsi',
      advice,
      run: async () => {
        const answer = await fetch(`${url}/`, { signal: AbortSignal.timeout(10_000) }).catch(() => undefined)
        if (!answer) return warning(`${url} does not answer this machine`, advice)
        await answer.body?.cancel()
        return answer.status < 500 ? ok(`answers at ${url}`) : warning(`${url} answers ${answer.status}`, advice)
      },
    },
  ]
}
