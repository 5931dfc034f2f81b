import { randomBytes } from 'node:crypto'
import type { Records } from './records.ts'

export type AppPassword = { name: string; password: string }

export type Person = {
  uid: string
  displayName: string
  email: string | null
  /** Where it comes from, as OCS tells it. */
  backend: 'Database' | 'user_oidc'
  isEnabled: boolean
  isAdmin: boolean
  groups: string[]
  /** Bytes; null for no limit. */
  quota: number | null
  /** At the sign-in page of Nextcloud itself. */
  password: string | null
  appPasswords: AppPassword[]
}

export type People = Awaited<ReturnType<typeof openPeople>>

/** Everybody that this Nextcloud knows. Names are looked up without regard to case. */
export async function openPeople(records: Records) {
  const { value: known, changed } = await records.open<Record<string, Person>>('people', {})

  function add(person: Partial<Person> & { uid: string }): Person {
    const made: Person = {
      displayName: person.uid,
      email: null,
      backend: 'Database',
      isEnabled: true,
      isAdmin: false,
      groups: [],
      quota: null,
      password: null,
      appPasswords: [],
      ...person,
    }
    known[made.uid] = made
    changed()
    return made
  }

  return {
    add,
    changed,
    find: (uid: string): Person | undefined =>
      Object.values(known).find((person) => person.uid.toLowerCase() === uid.toLowerCase()),
    remove(uid: string): void {
      delete known[uid]
      changed()
    },
    list: (): Person[] => Object.values(known),
    findByEmail: (email: string): Person | undefined =>
      Object.values(known).find((person) => person.email?.toLowerCase() === email.toLowerCase()),

    /** Whom these credentials are for: a login password, or an app password. */
    findByPassword(user: string, password: string): Person | undefined {
      const person = Object.values(known).find(
        ({ uid, email }) => uid.toLowerCase() === user.toLowerCase() || email?.toLowerCase() === user.toLowerCase(),
      )
      const isRight = person?.password === password || person?.appPasswords.some((one) => one.password === password)
      return isRight ? person : undefined
    },

    makeAppPassword(person: Person, name: string): string {
      const password = randomBytes(36).toString('base64url')
      person.appPasswords.push({ name, password })
      changed()
      return password
    },
  }
}
