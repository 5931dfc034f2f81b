import { photo } from '../files/documents.ts'
import type { MailFile } from '../mime/part.ts'
import type { Pattern } from '../pattern.ts'
import { partners, person, staff } from '../people.ts'

const office = person('Schulsekretariat Am Rhein', 'sekretariat@schule-am-rhein.example', 'Europe/Berlin')
const portal = person('Portail des Tilleuls', 'ne-pas-repondre@portail.tilleuls.example')
const academy = person('Language Exchange Network', 'office@language-exchange.example', 'Europe/London')
const polish = person('Małgorzata Święcicka', 'm.swiecicka@szkola-nad-wisla.example', 'Europe/Warsaw')
const spanish = person('Carmen Núñez Peña', 'carmen.nunez@colegio-la-fuente.example', 'Europe/Madrid')

/** The head's mail beyond parents: partner schools, the portal, networks. */
export const schoolPatterns: readonly Pattern[] = [
  {
    key: 'partner-school',
    to: 'alice',
    language: 'de',
    senders: [...partners, office],
    count: 15,
    subjects: [
      'Austausch: Briefe der {class}',
      'Termin am {day}?',
      'Fotos vom gemeinsamen Ausflug',
      'Stundenplan der Gastwoche',
    ],
    blocks: [
      ['Liebe Frau Martin,', 'Guten Tag nach Valbourg,', 'Liebe Kollegin,'],
      [
        'unsere Klasse hat {count} Briefe geschrieben, zum Teil mit selbst erfundenen französischen Wörtern. Sie gehen heute zur Post.',
        'wäre der {day} um {hour} für eine kurze Videokonferenz möglich? Wir müssten nur noch die Gruppen einteilen.',
        'die Bilder vom Ausflug sind da! {child} ist auf fast jedem zu sehen, meistens mit Brezel.',
        'für die Gastwoche fehlt uns noch ein Raum. Könnten die Kinder am {day} Ihre Turnhalle benutzen?',
      ],
      [
        'Ein Kind verträgt keine Nüsse, sonst gibt es nichts Besonderes.',
        'Frau Größmann bringt die Formulare mit. Bitte in doppelter Ausführung, der Kreis will es so.',
        'Wir freuen uns alle sehr. Die Vokabelliste hängt schon im Flur.',
      ],
      ['Herzliche Grüße\n{sender}', 'Mit besten Grüßen\n{sender}'],
    ],
    answers: [
      'Vielen Dank! {day} um {hour} passt uns sehr gut.\n\nHerzlich\nAlice Martin',
      'Wunderbar, die Kinder warten schon auf den Briefträger.\n\nAlice Martin',
    ],
  },
  {
    key: 'portal',
    to: 'alice',
    language: 'fr',
    senders: [portal],
    count: 18,
    isAutomatic: true,
    shape: 'html',
    subjects: [
      '{count} nouveaux messages sur le portail',
      'Inscription confirmée : étude du {day}',
      'Dossier {number} : pièce manquante',
    ],
    blocks: [
      ['Bonjour Alice Martin,'],
      [
        '{count} messages de familles attendent une réponse sur le portail, dont un au sujet de {child} ({class}).',
        "La famille de {child} a inscrit son enfant à l'étude du {day}. Il reste {room} places.",
        "Le dossier {number} ({child}, {class}) est incomplet : l'attestation d'assurance n'a pas été fournie.",
      ],
      ['Connectez-vous pour répondre. Ce message est automatique, merci de ne pas y répondre.'],
    ],
  },
  {
    key: 'network',
    to: 'alice',
    language: 'en',
    senders: [academy, person('Margaret Ellison', 'm.ellison@st-brannoc.example', 'Europe/London')],
    count: 13,
    subjects: [
      'Pen pals for {class}?',
      'Your place at the {day} workshop',
      'Visit of {count} teachers',
      'Re-using your reading cards',
    ],
    blocks: [
      ['Dear Alice,', 'Dear Ms Martin,'],
      [
        'we have {count} nine-year-olds who would love to write to your {class}. They like football, axolotls and stickers.',
        'this is to confirm your place in the workshop on {day} at {hour}. Please bring one lesson that went wrong.',
        'a group of {count} teachers would like to see your mixed-age reading hour. Would {day} suit you?',
        'may we translate the reading cards that you showed in spring? We’d credit the school, of course.',
      ],
      [
        'There is no rush, although the children ask every single morning.',
        'Lunch is on us. Tell me about allergies, and about opinions on custard.',
        'Do call if that is easier. I am at my desk until {hour} most days.',
      ],
      ['Best wishes,\n{sender}', 'Kind regards,\n{sender}', 'Warmly,\n{sender}'],
    ],
    answers: [
      'What a lovely idea. Yes, gladly, and {day} suits us well.\n\nAlice',
      'Of course, please do. The cards were Mireille’s work, so credit her.\n\nAlice',
    ],
  },
  {
    key: 'polish-partner',
    to: 'alice',
    language: 'pl',
    senders: [polish],
    count: 5,
    subjects: ['Zdjęcia z przedstawienia', 'Wspólny projekt: „Rzeka”', 'Pytanie o termin: {day}'],
    blocks: [
      ['Szanowna Pani Dyrektor,', 'Droga Alice,'],
      [
        'przedstawienie się udało, choć żółw zgubił skorupę w drugim akcie. Zdjęcia wyślę jutro.',
        'nasza klasa chciałaby opisać Wisłę, a Wasza swoją rzekę. Potrzebujemy {count} pocztówek.',
        'czy {day} o {hour} moglibyśmy połączyć się na krótką rozmowę wideo?',
      ],
      ['Serdecznie pozdrawiam\nMałgorzata Święcicka'],
    ],
    answers: ['Dziękuję bardzo! {day}, {hour}: pasuje. (Napisane ze słownikiem.)\n\nAlice Martin'],
  },
  {
    key: 'spanish-partner',
    to: 'alice',
    language: 'es',
    senders: [spanish],
    count: 7,
    subjects: ['Cartas para {class}', '¿Videollamada el {day}?', 'Receta de los niños'],
    blocks: [
      ['Querida Alice:', 'Estimada directora:'],
      [
        'Hemos recibido vuestras cartas. ¡Qué letra tan bonita tiene {child}! Aquí la han pasado de mano en mano.',
        '¿Os vendría bien una videollamada el {day} a las {hour}? Los niños han preparado una canción con {count} estrofas.',
        'Los alumnos quieren mandaros la receta de las torrijas. Aviso: han medido el azúcar "a ojo".',
      ],
      ['Un abrazo muy fuerte,\nCarmen', 'Hasta pronto,\nCarmen Núñez Peña'],
    ],
    answers: ['¡Perfecto! El {day} a las {hour}, estaremos todos delante de la pantalla.\n\nAlice'],
  },
  {
    key: 'class-photo',
    to: 'alice',
    language: 'fr',
    senders: staff,
    count: 6,
    subjects: ['Photos de la classe verte', 'Affiche pour le couloir', 'Le mur de la salle {room}'],
    blocks: [
      ['Bonjour Alice,'],
      [
        "Une image de la promenade de ce matin, prise par {child}. L'horizon penche, mais le coeur y est.",
        "Voici l'essai d'affiche pour le couloir. Dis-moi si le vert est trop vert.",
      ],
      ["À tout à l'heure,\n{sender}"],
    ],
    answers: ['Superbe ! Le vert est exactement assez vert.\n\nAlice'],
    file: (slots, random) => photograph(slots.number, random.int(0, 60) / 10),
  },
]

function photograph(number: string, phase: number): MailFile {
  return photo(`été à l'école ${number}.png`, [88, 142, 74], phase)
}
