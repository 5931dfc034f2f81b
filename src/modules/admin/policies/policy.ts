/** What people of a group may do. What is left out is another group's matter, or everybody's. */
export type Policy = {
  /** Modules that may be used. */
  modules?: readonly string[]
  /** Giving files and folders to people outside: whether at all. */
  external_sharing?: { is_allowed: boolean }
  /** Mail servers that may be connected; each stands for those below it too. */
  mail_hosts?: readonly string[]
  /** Mail that rules pass on: whether at all, and to which domains. */
  forwarding?: { is_allowed: boolean; domains?: readonly string[] }
  /** Files to be attached. */
  attachments?: { max_bytes?: number; forbidden_extensions?: readonly string[] }
  /** After how many days what lies in folders of a role, or bears a label, is deleted for good. */
  retention?: readonly RetentionRule[]
  /** How long a browser stays signed in. */
  session_hours?: number
  /** How long a personal token may live. */
  token_days?: number
}

export type RetentionRule = { days: number } & ({ folder_role: string } | { label: string })

/** Groups in order: the first that says something of a matter has the word, and everybody's policy where none does. */
export type Policies = { everybody: Policy; groups: readonly { group: string; policy: Policy }[] }

export type Matter = keyof Policy
const matters: readonly Matter[] = [
  ...(['modules', 'external_sharing', 'mail_hosts', 'forwarding', 'attachments', 'retention'] as const),
  ...(['session_hours', 'token_days'] as const),
]

export const noPolicies: Policies = { everybody: {}, groups: [] }

/** The policy of whoever is in `groups`, and whose word each part of it is: a group's, or everybody's. */
export function policyFor(
  groups: readonly string[],
  policies: Policies,
): { policy: Policy; sources: Partial<Record<Matter, { group: string | null }>> } {
  const policy: Policy = {}
  const sources: Partial<Record<Matter, { group: string | null }>> = {}
  for (const matter of matters) {
    const found = policies.groups.find((one) => groups.includes(one.group) && one.policy[matter] !== undefined)
    const word = found?.policy[matter] ?? policies.everybody[matter]
    if (word === undefined) continue
    Object.assign(policy, { [matter]: word })
    sources[matter] = { group: found?.group ?? null }
  }
  return { policy, sources }
}

/** Whether `granted` may stay: permissions of a module that is not among those allowed go. */
export function narrowed(granted: ReadonlySet<string>, { modules }: Policy): ReadonlySet<string> {
  if (!modules) return granted
  const isKept = (permission: string) => {
    const [, module] = /^([a-z]+):(?:read|write)$/.exec(permission) ?? []
    return module === undefined || module === 'account' || modules.includes(module)
  }
  return new Set([...granted].filter(isKept))
}

export const mayUseMailHost = ({ mail_hosts: hosts }: Policy, host: string): boolean =>
  !hosts || hosts.some((allowed) => isWithin(host, allowed))

export function mayForwardTo({ forwarding }: Policy, address: string): boolean {
  if (!forwarding) return true
  if (!forwarding.is_allowed) return false
  const domain = address.slice(address.lastIndexOf('@') + 1)
  return !forwarding.domains || forwarding.domains.some((allowed) => isWithin(domain, allowed))
}

/** Why a file may not be attached; undefined when it may. */
export function attachmentFault(
  { attachments }: Policy,
  file: { filename: string; sizeBytes: number | undefined },
): 'type' | 'size' | undefined {
  const { max_bytes: maxBytes, forbidden_extensions: extensions = [] } = attachments ?? {}
  // Every ending counts: `invoice.exe.txt` is shown as a text by some programs and run by others.
  const endings = file.filename.toLowerCase().split('.').slice(1)
  if (extensions.some((extension) => endings.includes(extension.toLowerCase()))) return 'type'
  return maxBytes !== undefined && (file.sizeBytes ?? 0) > maxBytes ? 'size' : undefined
}

const isWithin = (name: string, allowed: string): boolean => {
  const [one, other] = [name.toLowerCase().replace(/\.$/, ''), allowed.toLowerCase()]
  return one === other || one.endsWith(`.${other}`)
}
