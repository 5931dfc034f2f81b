import type { AuthentikClient, AuthentikUser } from '#integrations/authentik/authentik-client.ts'
import type { DirectorySource } from '#modules/contacts/index.ts'

const pageSize = 500

/** People of Authentik who may sign in, so that they are found before they ever did. */
export const authentikDirectory = (client: AuthentikClient): DirectorySource => ({
  async *people() {
    let number: number | null = 1
    while (number !== null) {
      const page: Awaited<ReturnType<AuthentikClient['listUsers']>> = await client.listUsers(
        { isActive: true },
        { number, size: pageSize },
      )
      yield page.items.filter(({ email }) => Boolean(email)).map(personOf)
      number = page.next
    }
  },
})

const personOf = ({ uuid, email, name, username, groups_obj }: AuthentikUser) => ({
  ...{ id: uuid, email: email ?? '', name: name || username },
  groups: (groups_obj ?? []).map((group) => group.name),
})
