import type { Reader } from './reader.ts'

/** Where Nextcloud is and how ultid acts there for people. Nothing of it counts while `isEnabled` is false. */
export type NextcloudConfig = Readonly<{
  isEnabled: boolean
  /** Inside the network, without a slash at its end. */
  url: string
  /** Where browsers reach it, without a slash at its end. */
  publicUrl: string
  /** `issuer`: a token of ultid's own for each person. `app_password`: one that each person grants. */
  auth: 'issuer' | 'app_password'
  adminUser: string
  /** Requests at Nextcloud at once, of this node. */
  maxConnections: number
  /** ultid as an issuer that Nextcloud trusts: where it listens, what it is called, and for whom its tokens are. */
  issuer: { host: string; port: number; url: string; clientId: string; providerId: number }
  contacts: {
    /** How old what is kept of address books may be. */
    cacheSeconds: number
    /** Whom somebody finds among the people of this installation: all, those of a group of theirs, or nobody. */
    directory: 'everybody' | 'groups' | 'off'
  }
}>

export function readNextcloud(
  reader: Reader,
  { host, publicUrl }: { host: string; publicUrl: string },
): NextcloudConfig {
  const port = reader.integer('NEXTCLOUD_ISSUER_PORT', { min: 1, max: 65_535 }, 8081)
  const web = ['http:', 'https:']
  return {
    isEnabled: reader.flag('NEXTCLOUD_ENABLED', false),
    url: withoutSlash(reader.url('NEXTCLOUD_URL', web, 'http://nextcloud:80')),
    publicUrl: withoutSlash(reader.url('NEXTCLOUD_PUBLIC_URL', web, `${publicUrl}/cloud`)),
    auth: reader.choice('NEXTCLOUD_AUTH', ['issuer', 'app_password'] as const, 'issuer'),
    adminUser: reader.text('NEXTCLOUD_ADMIN_USER', "the name of Nextcloud's administrator", 'admin'),
    maxConnections: reader.integer('NEXTCLOUD_MAX_CONNECTIONS', { min: 1, max: 500 }, 8),
    issuer: {
      host: reader.text('NEXTCLOUD_ISSUER_HOST', 'an address to listen on', host),
      port,
      url: withoutSlash(reader.url('NEXTCLOUD_ISSUER_URL', web, `http://ultid:${port}`)),
      clientId: reader.text('NEXTCLOUD_ISSUER_CLIENT_ID', 'the client id of the provider in user_oidc', 'ultid'),
      providerId: reader.integer('NEXTCLOUD_ISSUER_PROVIDER_ID', { min: 1, max: 1_000_000 }, 1),
    },
    contacts: {
      cacheSeconds: reader.integer('CONTACTS_CACHE_SECONDS', { min: 0, max: 86_400 }, 15),
      directory: reader.choice('CONTACTS_DIRECTORY', ['everybody', 'groups', 'off'] as const, 'everybody'),
    },
  }
}

const withoutSlash = (url: string | undefined): string => (url ?? '').replace(/\/+$/, '')
