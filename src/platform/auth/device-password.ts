import { createHash, randomInt } from 'node:crypto'

/** People type it on a phone: no letter looks like another or like a digit. 32 of them make five bits each. */
const letters = 'abcdefghijkmnpqrstuvwxyz23456789'
const groups = 6
const groupLength = 4

/** Whether text may be a device password at all, in any spelling. */
const form = /^[a-z0-9]{24}$/

/** `abcd-efgh-jkmn-pqrs-tuvw-xyz2`: 120 random bits. */
export function createDevicePassword(): string {
  const group = () => Array.from({ length: groupLength }, () => letters[randomInt(letters.length)]).join('')
  return Array.from({ length: groups }, group).join('-')
}

/** The hash by which it is found, however it was typed; undefined for what was never made here. */
export function hashOfDevicePassword(typed: string): Buffer | undefined {
  const plain = typed.toLowerCase().replace(/[\s-]/g, '')
  // 120 random bits need no slow hash: nobody guesses them.
  return form.test(plain) ? createHash('sha256').update(plain).digest() : undefined
}
