import type { RuleAction } from '../rule-action.ts'
import { hasTag, type SieveCommand, tagValueOf } from './sieve-script.ts'
import { Inexpressible } from './sieve-tests.ts'

/** What scripts name and rules know by ids. */
export type SieveNames = {
  folders: readonly { id: string; path: string; delimiter: string | null; role: string | null }[]
  labels: readonly { id: string; name: string; keyword: string }[]
  /** Verified ones. */
  targets: readonly { id: string; email: string }[]
}

export type TranslatedAction = {
  actions: RuleAction[]
  /** How it differs from what the script says. */
  approximation?: string
}

/** A command as actions. `isKept`: the message stays where it is beside. @throws Inexpressible */
export function actionsOfCommand(command: SieveCommand, names: SieveNames, isKept: boolean): TranslatedAction {
  const translate = Object.hasOwn(translations, command.name) ? translations[command.name] : undefined
  if (!translate) throw new Inexpressible(command.line, `rules have no action "${command.name}"`)
  return translate(command, names, isKept)
}

type Translate = (command: SieveCommand, names: SieveNames, isKept: boolean) => TranslatedAction

const translations: Readonly<Record<string, Translate>> = {
  stop: () => ({ actions: [{ type: 'stop' }] }),
  keep: (command, names) => ({ actions: flagged(command, names) }),
  fileinto,
  discard: () => ({ actions: [{ type: 'trash' }], approximation: 'it is moved to the trash, not thrown away' }),
  redirect,
  addflag: (command, names) => ({ actions: flagActions(command, names, lastStrings(command)) }),
  setflag: (command, names) => ({ actions: flagActions(command, names, lastStrings(command)) }),
  reject: refuse,
  ereject: refuse,
  vacation,
}

function refuse({ line }: SieveCommand): never {
  throw new Inexpressible(line, 'rules see mail that was accepted already; they cannot refuse it')
}

const lastStrings = ({ args }: SieveCommand): string[] =>
  args.filter((argument) => argument.kind === 'strings').at(-1)?.values ?? []

/** The argument `:flags` (RFC 5232 §5). */
function flagged(command: SieveCommand, names: SieveNames): RuleAction[] {
  const flags = tagValueOf(command, 'flags')
  return flags?.kind === 'strings' ? flagActions(command, names, flags.values) : []
}

/** Flags may stand in one string, separated by blanks (RFC 5232 §2). */
function flagActions({ line }: SieveCommand, { labels }: SieveNames, values: readonly string[]): RuleAction[] {
  const flags = values.flatMap((value) => value.split(' ')).filter(Boolean)
  return flags.map((flag): RuleAction => {
    const wanted = flag.toLowerCase()
    if (wanted === '\\seen') return { type: 'mark_read' }
    if (wanted === '\\flagged') return { type: 'star' }
    const label = labels.find(({ name, keyword }) => [name, keyword].some((one) => one.toLowerCase() === wanted))
    if (!label) throw new Inexpressible(line, `there is no label for the flag ${flag}; make one by that name first`)
    return { type: 'label', label_ids: [label.id] }
  })
}

function fileinto(command: SieveCommand, names: SieveNames, isKept: boolean): TranslatedAction {
  const path = lastStrings(command)[0] ?? ''
  const folder = folderOf(names.folders, path)
  if (!folder) throw new Inexpressible(command.line, `there is no folder "${path}"; make it first`)
  const flags = flagged(command, names)
  if (isKept || hasTag(command, 'copy')) return { actions: [...flags, { type: 'copy', folder_id: folder.id }] }
  const special = ({ trash: 'trash', junk: 'mark_junk', archive: 'archive' } as const)[folder.role ?? '']
  return { actions: [...flags, special ? { type: special } : { type: 'move', folder_id: folder.id }] }
}

/** By its path, in whatever way the server of the script separates and prefixes it. */
function folderOf(folders: SieveNames['folders'], path: string): SieveNames['folders'][number] | undefined {
  const plain = (text: string, delimiter: string | null) =>
    text
      .split(delimiter === null ? /[/.]/ : delimiter)
      .join('/')
      .replace(/^inbox\//i, '')
      .toLowerCase()
  const exact = folders.find((folder) => folder.path === path)
  return (
    exact ??
    folders.find((folder) => [plain(path, '/'), plain(path, '.')].includes(plain(folder.path, folder.delimiter)))
  )
}

function redirect(command: SieveCommand, { targets }: SieveNames): TranslatedAction {
  const email = lastStrings(command)[0] ?? ''
  const target = targets.find((one) => one.email.toLowerCase() === email.toLowerCase())
  if (!target) throw new Inexpressible(command.line, `${email} is no verified forward target`)
  const actions: RuleAction[] = [{ type: 'forward', target_id: target.id }]
  return hasTag(command, 'copy') ? { actions } : { actions, approximation: 'the message is kept here as well' }
}

/** RFC 5230. */
function vacation(command: SieveCommand): TranslatedAction {
  if (hasTag(command, 'mime')) throw new Inexpressible(command.line, 'rules answer with plain text, not with :mime')
  const subject = tagValueOf(command, 'subject')
  const text = lastStrings(command)[0] ?? ''
  if (text.length === 0 || text.length > 10_000)
    throw new Inexpressible(command.line, 'the answer has no text, or too much')
  const action: RuleAction = {
    ...{ type: 'reply', text },
    subject: subject?.kind === 'strings' ? (subject.values[0] ?? '').slice(0, 200) : '',
  }
  const days = tagValueOf(command, 'days')
  const isWeekly = days === undefined || (days.kind === 'number' && days.value === 7)
  return isWeekly ? { actions: [action] } : { actions: [action], approximation: 'each sender is answered once a week' }
}
