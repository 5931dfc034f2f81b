import type { UserName } from '../../users.ts'
import type { Asset } from '../records.ts'
import {
  balloons,
  beach,
  type Face,
  forest,
  garden,
  mountains,
  night,
  portrait,
  type Scene,
  snow,
  sunset,
  tram,
} from './scenes.ts'

export type DemoPhoto = {
  name: string
  svg: string
  daysAgo: number
  place: Asset['place']
  keywords: string[]
  description: string
  isFavorite: boolean
  /** Names, each with where the face is. */
  faces: { name: string; face: Face }[]
  album: string | undefined
}

const at = (
  city: string,
  state: string,
  country: string,
  latitude: number,
  longitude: number,
): NonNullable<Asset['place']> => ({
  ...{ city, state, country, latitude, longitude },
})
const lisbon = at('Lisbon', 'Lisbon', 'Portugal', 38.711, -9.137)
const porto = at('Porto', 'Porto', 'Portugal', 41.146, -8.611)
const alps = at('Grindelwald', 'Bern', 'Switzerland', 46.624, 8.036)
const home = at('Lyon', 'Auvergne-Rhône-Alpes', 'France', 45.764, 4.836)
const sea = at('Étretat', 'Normandie', 'France', 49.707, 0.205)

const look = {
  bob: ['#e8b28a', '#4a2c16', '#31607a'],
  carol: ['#c98d63', '#1c1411', '#a33f5c'],
  mia: ['#f2c7a5', '#c9912f', '#5a8f4d'],
} as const
const faceOf = (who: keyof typeof look, x: number, size = 170): { name: string; face: Face } => {
  const [skin, hair, shirt] = look[who]
  return {
    name: who === 'mia' ? '' : who[0]?.toUpperCase() + who.slice(1),
    face: { x, y: 380, size, skin, hair, shirt },
  }
}

type More = Partial<Pick<DemoPhoto, 'place' | 'description' | 'isFavorite' | 'album'>>
let number = 40
const photo = (scene: Scene, phase: number, daysAgo: number, keywords: string, more: More = {}): DemoPhoto => ({
  ...{
    name: `IMG_${String(++number).padStart(4, '0')}.jpg`,
    svg: scene(phase),
    daysAgo,
    keywords: keywords.split(' '),
  },
  ...{ place: null, description: '', isFavorite: false, faces: [], album: undefined, ...more },
})
const people = (who: readonly { name: string; face: Face }[], daysAgo: number, more: More = {}): DemoPhoto => ({
  ...photo(() => portrait(who.map(({ face }) => face)), 0, daysAgo, 'people portrait smile', more),
  faces: [...who],
})
const yearsAgo = (years: number) => Math.round(years * 365.2425)

export const demoPhotos: Readonly<Record<UserName, readonly DemoPhoto[]>> = {
  alice: [
    photo(tram, 0, 20, 'tram street yellow city', {
      place: lisbon,
      album: 'Lisbon',
      description: 'Tram 28',
      isFavorite: true,
    }),
    photo(tram, 1, 20, 'tram street yellow city', { place: lisbon, album: 'Lisbon' }),
    photo(sunset, 0, 20, 'sunset sea river evening', { place: lisbon, album: 'Lisbon', isFavorite: true }),
    photo(night, 0, 19, 'night city lights moon', { place: lisbon, album: 'Lisbon' }),
    photo(beach, 1, 19, 'beach sea parasol sand', {
      place: at('Cascais', 'Lisbon', 'Portugal', 38.697, -9.421),
      album: 'Lisbon',
    }),
    photo(night, 2, 18, 'night bridge city lights', { place: porto, album: 'Lisbon' }),
    people([faceOf('bob', 400), faceOf('carol', 800)], 18, {
      place: porto,
      album: 'Lisbon',
      description: 'On the way back',
    }),
    photo(garden, 0, 6, 'garden flowers spring', { place: home }),
    photo(garden, 2, 6, 'garden flowers spring', { place: home, isFavorite: true }),
    people([faceOf('mia', 600, 200)], 4, { place: home, description: 'First day without a pacifier' }),
    people([faceOf('mia', 420), faceOf('bob', 780)], 4, { place: home }),
    photo(balloons, 0, 70, 'balloons sky morning', { place: home, description: 'Before breakfast' }),
    photo(mountains, 0, 130, 'mountains snow hike', { place: alps, album: 'Above Grindelwald' }),
    photo(mountains, 2, 130, 'mountains hike meadow', { place: alps, album: 'Above Grindelwald' }),
    photo(forest, 1, 131, 'forest trees hike path', { place: alps, album: 'Above Grindelwald' }),
    photo(snow, 1, 131, 'snow winter trees', { place: alps, album: 'Above Grindelwald', isFavorite: true }),
    photo(sunset, 2, yearsAgo(1), 'sunset cliffs sea', { place: sea }),
    people([faceOf('carol', 600, 210)], yearsAgo(1), { place: sea, description: 'Wind' }),
    photo(beach, 0, yearsAgo(3), 'beach sea summer', { place: sea }),
    photo(balloons, 1, yearsAgo(3), 'balloons festival', { place: home }),
    photo(snow, 0, 330, 'snow winter garden'),
  ],
  bob: [
    photo(mountains, 1, 12, 'mountains ridge', { place: alps }),
    photo(forest, 0, 40, 'forest trees', { place: home }),
    photo(night, 1, 95, 'night city', { place: home }),
  ],
  carol: [photo(beach, 2, 33, 'beach sea', { place: sea }), photo(garden, 1, 60, 'garden flowers', { place: home })],
}

export const demoFilm = {
  name: 'MVI_0107.avi',
  scene: sunset,
  daysAgo: 19,
  place: lisbon,
  keywords: ['sunset', 'sea', 'film'],
}
