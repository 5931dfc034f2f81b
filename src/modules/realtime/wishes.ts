import type { WireEvent } from './wire-event.ts'

/**
 * What a client wants to hear of: `mail`, `mail.message` (a kind of thing), `mail:<id>` or `mail.message:<id>` (what
 * names that thing).
 */
export const wishPattern = '[a-z]+(\\.[a-z][a-z_]*)?(:[^,\\s]{1,200})?'
export const maxWishes = 100

/** Whether an event is wished for. */
export type Wishes = (event: WireEvent) => boolean

export const everything: Wishes = () => true

/** @returns undefined when one of them is no wish, or they are more than `maxWishes`. */
export function readWishes(texts: readonly unknown[]): Wishes | undefined {
  if (texts.length > maxWishes) return undefined
  const wishes = texts.map((text) => (typeof text === 'string' ? readWish(text) : undefined))
  if (wishes.includes(undefined)) return undefined
  return (event) => wishes.some((wish) => wish?.(event))
}

const whole = new RegExp(`^${wishPattern}$`)

function readWish(text: string): Wishes | undefined {
  if (!whole.test(text)) return undefined
  const colon = text.indexOf(':')
  const id = colon < 0 ? undefined : text.slice(colon + 1)
  const [module = '', thing] = text.slice(0, colon < 0 ? undefined : colon).split('.')
  // Events are named `<module>.<noun>_<verb>`.
  const prefix = thing === undefined ? `${module}.` : `${module}.${thing}_`
  return (event) => event.type.startsWith(prefix) && (id === undefined || event.names().has(id))
}
