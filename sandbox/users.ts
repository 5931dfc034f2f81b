export type UserName = 'alice' | 'bob' | 'carol'

export type DemoUser = {
  /** Name at the sign-in page, at IMAP and at SMTP; `sub` of the tokens. */
  name: UserName
  fullName: string
  email: string
  groups: string[]
  /** At IMAP and SMTP. The sign-in page takes the user's name or `demo`. */
  mailPassword: string
}

/** Everybody that the sandbox knows. */
export const demoUsers: readonly DemoUser[] = [
  demoUser('alice', 'Alice Martin', ['ulti-admins', 'ulti-users']),
  demoUser('bob', 'Bob Keller', ['ulti-users']),
  demoUser('carol', 'Carol Duarte', ['ulti-users']),
]

export const findUser = (name: string): DemoUser | undefined => demoUsers.find((user) => user.name === name)

/** Whose INBOX an address leads to; `bob+shop@…` is bob's too (RFC 5233). */
export const findUserByEmail = (address: string): DemoUser | undefined =>
  demoUsers.find((user) => user.email === address.toLowerCase().replace(/\+[^@]*@/, '@'))

function demoUser(name: UserName, fullName: string, groups: string[]): DemoUser {
  return { name, fullName, email: `${name}@ulti.example`, groups, mailPassword: `${name}-mail` }
}
