import type { Charset } from '../mime/charset.ts'
import type { TransferEncoding } from '../mime/transfer-encoding.ts'
import type { DemoUser, Person } from '../people.ts'
import { ines, kaethe, malgorzata, person, zoe } from '../people.ts'
import { asianLetters } from './languages-asia.ts'

/** A hand-written mail whose subject, names and body travel in a charset of its own. */
export type ForeignLetter = {
  key: string
  to: DemoUser
  from: Person
  age: string
  charset: Charset
  encoding: TransferEncoding
  form: 'B' | 'Q'
  subject: string
  text: string
  /** Also as HTML that runs from right to left. */
  isRightToLeft?: boolean
  fileName?: string
}

const europeanLetters: readonly ForeignLetter[] = [
  {
    key: 'latin9-fr',
    to: 'alice',
    from: person('Cœline Œuvrard', 'celine.oeuvrard@librairie-du-canal.example'),
    age: '5d 09:41',
    charset: 'iso-8859-15',
    encoding: 'quoted-printable',
    form: 'Q',
    subject: 'Vos manuels sont arrivés : 28 × « Cœur de lecture » à 9,90 €',
    text: `Bonjour Madame Martin,

Le carton est arrivé ce matin, les œillets des reliures sont intacts. Cela fait
277,20 € au total, port offert. Passez quand vous voulez : la librairie est
ouverte jusqu'à 19 h, et le café est prêt.

Cœline Œuvrard
Librairie du Canal`,
  },
  {
    key: 'latin1-de',
    to: 'alice',
    from: kaethe,
    age: '8d 13:22',
    charset: 'iso-8859-1',
    encoding: '8bit',
    form: 'Q',
    subject: 'Fundstück: ein grüner Handschuh, Größe S',
    text: `Liebe Frau Martin,

nach dem Ausflug lag in unserem Bus noch ein grüner Handschuh mit einem Bären
darauf. Gehört er vielleicht einem Ihrer Kinder? Ich schicke ihn gern per Post,
er wiegt ja fast nichts.

Schöne Grüße über den Fluss
Käthe Größmann`,
    fileName: 'Grüner Handschuh – Größe S.png',
  },
  {
    key: 'cp1252-en',
    to: 'bob',
    from: zoe,
    age: '6d 10:05',
    charset: 'windows-1252',
    encoding: '8bit',
    form: 'Q',
    subject: 'The “temporary” firewall rule – it’s three years old today',
    text: `Hi Bob,

remember the rule you called “temporary – remove on Monday”? It’s three years
old today. I’ve baked it a cake… well, a muffin. Shall we delete it together
at four? The usage counter says 0, so I’m fairly confident.

— Zoë`,
  },
  {
    key: 'utf8-es',
    to: 'carol',
    from: person('Roberto Ibáñez', 'roberto.ibanez@festival-plaza.example', 'Europe/Madrid'),
    age: '11d 17:30',
    charset: 'utf-8',
    encoding: 'quoted-printable',
    form: 'Q',
    subject: '¿Os apuntáis al festival de títeres del año que viene?',
    text: `Estimada Carol:

El próximo año el festival de títeres cumple veinticinco ediciones y queremos
que vuestro pueblo sea el invitado de honor. ¿Podríais traer la compañía de
marionetas de la escuela? Pagamos el viaje, el alojamiento y muchísimos churros.

Un fuerte abrazo,
Roberto Ibáñez`,
  },
  {
    key: 'cp1252-pt',
    to: 'carol',
    from: ines,
    age: '14d 09:12',
    charset: 'windows-1252',
    encoding: 'quoted-printable',
    form: 'Q',
    subject: 'Geminação: a delegação chega na quinta-feira à noite',
    text: `Querida Carol,

A delegação são onze pessoas e um acordeão. Chegamos na quinta-feira, por volta
das 21h, ao largo da estação. O presidente não come marisco, a vereadora não
come outra coisa. Até já!

Beijinhos,
Inês`,
  },
  {
    key: 'latin2-pl',
    to: 'alice',
    from: malgorzata,
    age: '20d 07:55',
    charset: 'iso-8859-2',
    encoding: 'quoted-printable',
    form: 'Q',
    subject: 'Życzenia i rysunki od klasy trzeciej',
    text: `Szanowna Pani Dyrektor,

dzieci z klasy trzeciej narysowały wasz plac zabaw tak, jak go sobie wyobrażają:
ze zjeżdżalnią, źródełkiem i żółwiem olbrzymem. Rysunki wysyłamy pocztą jeszcze
w tym tygodniu. Prosimy o zdjęcie, gdy zawisną na ścianie.

Z serdecznymi pozdrowieniami
Małgorzata Święcicka`,
  },
  {
    key: 'utf8-el',
    to: 'alice',
    from: person('Ελένη Παπαδοπούλου', 'eleni@scholeio-aigaiou.example', 'Europe/Athens'),
    age: '23d 08:40',
    charset: 'utf-8',
    encoding: 'base64',
    form: 'B',
    subject: 'Το κοινό μας ημερολόγιο για τη θάλασσα',
    text: `Αγαπητή Αλίς,

τα παιδιά τελείωσαν τις σελίδες τους για το κοινό ημερολόγιο: δελφίνια, φάροι
και μια πολύ θυμωμένη γοργόνα. Θα τις σαρώσω αύριο και θα σας τις στείλω.

Με εκτίμηση,
Ελένη Παπαδοπούλου`,
  },
  {
    key: 'cp1251-ru',
    to: 'alice',
    from: person('Ольга Соколова', 'olga.sokolova@muzykalnaya-shkola.example', 'Europe/Riga'),
    age: '17d 15:10',
    charset: 'windows-1251',
    encoding: '8bit',
    form: 'B',
    subject: 'Концерт детского хора: приглашение для вашей школы',
    text: `Здравствуйте, Алиса!

Наш детский хор приезжает в ваш город в последнюю субботу месяца. Мы были бы
рады выступить и в школе: нужны только рояль, двадцать стульев и чай с мёдом.

С уважением,
Ольга Соколова`,
  },
  {
    key: 'koi8r-ru',
    to: 'bob',
    from: person('Пётр Зимин', 'zimin@staryj-server.example', 'Europe/Riga', 'Mutt/1.5.21'),
    age: '29d 21:15',
    charset: 'koi8-r',
    encoding: 'base64',
    form: 'B',
    subject: 'Старый почтовый сервер ещё жив',
    text: `Привет, Боб!

Сервер, который мы с тобой ставили двенадцать лет назад, всё ещё работает и
шлёт письма в кодировке KOI8-R, как видишь. Выключать жалко. Может, в музей?

Пётр`,
  },
]

/** One mail or more in each language and charset that the mailbox demonstrates. */
export const foreignLetters: readonly ForeignLetter[] = [...europeanLetters, ...asianLetters]
