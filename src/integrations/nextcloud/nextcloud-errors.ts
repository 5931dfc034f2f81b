/** What every route that stands on Nextcloud may answer beside its own, for `config.errors`. */
export const nextcloudErrors: Readonly<Record<number, readonly string[]>> = {
  403: ['nextcloud.forbidden', 'nextcloud.account_disabled'],
  404: ['not_found'],
  409: ['nextcloud.uid_taken', 'nextcloud.no_username', 'nextcloud.sign_in_required'],
  423: ['locked'],
  502: ['upstream_unavailable', 'nextcloud.sign_in_failed', 'nextcloud.misconfigured'],
  503: ['nextcloud.maintenance', 'nextcloud.throttled', 'nextcloud.busy'],
  504: ['upstream_timeout'],
  507: ['quota_exceeded'],
}

/** Two such tables as one. */
export function withErrors(
  ...tables: readonly Readonly<Record<number, readonly string[]>>[]
): Record<number, readonly string[]> {
  const joined: Record<number, readonly string[]> = {}
  for (const table of tables) {
    for (const [status, codes] of Object.entries(table)) {
      joined[Number(status)] = [...new Set([...(joined[Number(status)] ?? []), ...codes])]
    }
  }
  return joined
}
