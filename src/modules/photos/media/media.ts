import type { ImmichMedia, ImmichSession } from '#integrations/immich/immich-client.ts'
import type { Libraries } from '../account/library.ts'

export const sizes = ['thumbnail', 'preview', 'fullsize'] as const
export type Size = (typeof sizes)[number]
/** Of one asset: a picture of it in a size, the file as it was uploaded, or a video that browsers play. */
export type Rendition = { kind: 'picture'; size: Size } | { kind: 'original' } | { kind: 'video' }

/** What a client asked about the bytes: a range, or only when they changed. */
export type MediaRequest = { headers: Readonly<Record<string, string | undefined>>; signal: AbortSignal }

export type Media = ReturnType<typeof createMedia>

/** Pictures and videos as streams. Nobody but Immich sees the key. */
export function createMedia({ libraries }: { libraries: Libraries }) {
  return {
    async open(ownerId: string, assetId: string, rendition: Rendition, request: MediaRequest): Promise<ImmichMedia> {
      const { immich } = await libraries.of(ownerId)
      return openRendition(immich, assetId, rendition, request)
    },

    /** The face of a person. */
    async openFace(ownerId: string, personId: string, request: MediaRequest): Promise<ImmichMedia> {
      const { immich } = await libraries.of(ownerId)
      return immich.open(`/people/${personId}/thumbnail`, conditionsOf(request))
    },
  }
}

export function openRendition(
  immich: ImmichSession,
  assetId: string,
  rendition: Rendition,
  request: MediaRequest,
): Promise<ImmichMedia> {
  const conditions = conditionsOf(request)
  if (rendition.kind === 'original') return immich.open(`/assets/${assetId}/original`, conditions)
  if (rendition.kind === 'video') return immich.open(`/assets/${assetId}/video/playback`, conditions)
  return immich.open(`/assets/${assetId}/thumbnail`, { ...conditions, query: { size: rendition.size } })
}

const conditions = ['range', 'if-range', 'if-none-match', 'if-modified-since'] as const

function conditionsOf({ headers, signal }: MediaRequest) {
  const asked = conditions.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]] as const]))
  return { headers: Object.fromEntries(asked) as Record<string, string>, signal }
}
