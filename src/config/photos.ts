import type { Reader } from './reader.ts'

/** Where Immich is. Nothing of it counts while `isEnabled` is false. */
export type PhotosConfig = Readonly<{
  isEnabled: boolean
  /** Inside the network, without a slash at its end. */
  url: string
  /** Requests at Immich at once, of this node: as many short ones, and as many for pictures and videos. */
  maxConnections: number
}>

export const readPhotos = (reader: Reader): PhotosConfig => ({
  isEnabled: reader.flag('IMMICH_ENABLED', false),
  url: (reader.url('IMMICH_URL', ['http:', 'https:'], 'http://immich:2283') ?? '').replace(/\/+$/, ''),
  maxConnections: reader.integer('IMMICH_MAX_CONNECTIONS', { min: 1, max: 500 }, 24),
})

/** With it accounts are made for people; without it they bring a key of their own. */
export const readImmichAdminKey = (reader: Reader, { isEnabled }: PhotosConfig): string | undefined =>
  isEnabled ? reader.optional('IMMICH_ADMIN_API_KEY') : undefined
