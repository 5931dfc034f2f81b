import { photo } from '../files/documents.ts'
import type { Pattern } from '../pattern.ts'
import { malgorzata, partners, person, staff } from '../people.ts'

const office = person('Schulsekretariat Am Rhein', 'sekretariat@schule-am-rhein.example', 'Europe/Berlin')
const portal = person('Portail des Tilleuls', 'ne-pas-repondre@portail.tilleuls.example')
const academy = person('Language Exchange Network', 'office@language-exchange.example', 'Europe/London')
const margaret = person('Margaret Ellison', 'm.ellison@st-brannoc.example', 'Europe/London')
const carmen = person('Carmen Núñez Peña', 'carmen.nunez@colegio-la-fuente.example', 'Europe/Madrid')

/** The head's mail beyond parents: partner schools, the portal, networks. */
export const schoolPatterns: readonly Pattern[] = [
  {
    key: 'partner-school',
    to: 'alice',
    language: 'de',
    senders: [...partners, office],
    count: 15,
    greetings: ['Liebe Frau Martin,', 'Guten Tag nach Valbourg,', 'Liebe Kollegin,'],
    topics: [
      {
        subject: 'Austausch: {count} Briefe unterwegs',
        text: 'unsere Klasse hat {count} Briefe geschrieben, zum Teil mit selbst erfundenen französischen Wörtern. Sie gehen heute zur Post.',
        answer: 'Wunderbar, die Kinder warten schon auf den Briefträger.\n\nAlice Martin',
      },
      {
        subject: 'Termin am {day}?',
        text: 'wäre {day} um {hour} für eine kurze Videokonferenz möglich? Wir müssten nur noch die Gruppen einteilen.',
        answer: 'Vielen Dank! {day} um {hour} passt uns sehr gut.\n\nHerzlich\nAlice Martin',
      },
      {
        subject: 'Fotos vom gemeinsamen Ausflug',
        text: 'die Bilder vom Ausflug sind da! {child} ist auf fast jedem zu sehen, meistens mit Brezel. Sie kommen auf einem Stick mit der Post.',
        answer: 'Ich freue mich auf die Brezeln. Die Eltern auch.\n\nAlice Martin',
      },
      {
        subject: 'Gastwoche: Turnhalle',
        text: 'für die Gastwoche fehlt uns noch ein Raum. Könnten die Kinder am {day} Ihre Turnhalle benutzen?',
        answer: 'Ja, gern, ab {hour}. Wir müssen nur noch den Schlüssel finden.\n\nAlice Martin',
      },
    ],
    remarks: [
      'Ein Kind verträgt keine Nüsse, sonst gibt es nichts Besonderes.',
      'Frau Größmann bringt die Formulare mit. Bitte in doppelter Ausführung, der Kreis will es so.',
      'Wir freuen uns alle sehr. Die Vokabelliste hängt schon im Flur.',
    ],
    closings: ['Herzliche Grüße\n{sender}', 'Mit besten Grüßen\n{sender}'],
  },
  {
    key: 'portal',
    to: 'alice',
    language: 'fr',
    senders: [portal],
    count: 16,
    isAutomatic: true,
    shape: 'html',
    greetings: ['Bonjour Alice Martin,'],
    topics: [
      {
        subject: '{count} nouveaux messages sur le portail',
        text: '{count} messages de familles attendent une réponse sur le portail, dont un au sujet de {child} ({class}).',
      },
      {
        subject: 'Inscription confirmée : étude du {day}',
        text: "La famille de {child} ({class}) a réservé une place à l'étude du {day}. Il en reste {room}.",
      },
      {
        subject: 'Dossier {number} : pièce manquante',
        text: "Le dossier {number} ({child}, {class}) est incomplet : l'attestation d'assurance n'a pas été fournie.",
      },
    ],
    closings: ['Connectez-vous pour répondre. Ce message est automatique, merci de ne pas y répondre.'],
  },
  {
    key: 'network',
    to: 'alice',
    language: 'en-GB',
    senders: [academy, margaret],
    count: 13,
    greetings: ['Dear Alice,', 'Dear Ms Martin,'],
    topics: [
      {
        subject: 'Pen pals for {class}?',
        text: 'we have {count} nine-year-olds who would love to write to your {class}. They like football, axolotls and stickers.',
        answer: 'What a lovely idea, yes! The {class} want to know what an axolotl eats.\n\nAlice',
      },
      {
        subject: 'Your place at the workshop on {day}',
        text: 'this is to confirm your place in the workshop on {day} at {hour}. Please bring one lesson that went wrong.',
        answer: 'Thank you. I have several to choose from.\n\nAlice',
      },
      {
        subject: 'Visit of {count} teachers',
        text: 'a group of {count} teachers would like to see your mixed-age reading hour. Would {day} suit you?',
        answer: 'Gladly. {day} at {hour}, and please come in soft shoes.\n\nAlice',
      },
      {
        subject: 'Re-using your reading cards',
        text: 'may we translate the reading cards that you showed at the last meeting? We’d credit the school, of course.',
        answer: 'Of course, please do. The cards were Mireille’s work, so credit her.\n\nAlice',
      },
    ],
    remarks: [
      'There is no rush, although the children ask every single morning.',
      'Lunch is on us. Tell me about allergies, and about opinions on custard.',
      'Do call if that is easier. I am at my desk until {hour} most days.',
    ],
    closings: ['Best wishes,\n{sender}', 'Kind regards,\n{sender}', 'Warmly,\n{sender}'],
  },
  {
    key: 'polish-partner',
    to: 'alice',
    language: 'pl',
    senders: [malgorzata],
    count: 5,
    greetings: ['Szanowna Pani Dyrektor,', 'Droga Alice,'],
    topics: [
      {
        subject: 'Zdjęcia z przedstawienia',
        text: 'przedstawienie się udało, choć żółw zgubił skorupę w drugim akcie. Zdjęcia wyślę jutro.',
      },
      {
        subject: 'Wspólny projekt: „Rzeka”',
        text: 'nasza klasa chciałaby opisać Wisłę, a Wasza swoją rzekę. Potrzebujemy {count} pocztówek.',
      },
      {
        subject: 'Pytanie o termin: {day}',
        text: 'czy {day} o {hour} moglibyśmy połączyć się na krótką rozmowę wideo?',
        answer: 'Dziękuję bardzo! {day}, {hour}: pasuje. (Napisane ze słownikiem.)\n\nAlice Martin',
      },
    ],
    closings: ['Serdecznie pozdrawiam\nMałgorzata Święcicka'],
  },
  {
    key: 'spanish-partner',
    to: 'alice',
    language: 'es',
    senders: [carmen],
    count: 7,
    greetings: ['Querida Alice:', 'Estimada directora:'],
    topics: [
      {
        subject: 'Vuestras cartas han llegado',
        text: 'Hemos recibido las cartas de {class}. ¡Qué letra tan bonita tiene {child}! Aquí la han pasado de mano en mano.',
      },
      {
        subject: '¿Videollamada el {day}?',
        text: '¿Os vendría bien una videollamada el {day} a las {hour}? Los niños han preparado una canción con {count} estrofas.',
        answer: '¡Perfecto! El {day} a las {hour}, estaremos todos delante de la pantalla.\n\nAlice',
      },
      {
        subject: 'Receta de los niños',
        text: 'Los alumnos quieren mandaros la receta de las torrijas. Aviso: han medido el azúcar «a ojo».',
        answer: '¡Nos encanta! La cantina promete probarla el {day}.\n\nAlice',
      },
    ],
    closings: ['Un abrazo muy fuerte,\nCarmen', 'Hasta pronto,\nCarmen Núñez Peña'],
  },
  {
    key: 'class-photo',
    to: 'alice',
    language: 'fr',
    senders: staff,
    count: 6,
    greetings: ['Bonjour Alice,'],
    topics: [
      {
        subject: 'Photo de la promenade',
        text: "Une image de la promenade de ce matin, prise par {child}. L'horizon penche, mais le coeur y est.",
        answer: 'Superbe ! On la met dans le couloir, penchée.\n\nAlice',
      },
      {
        subject: 'Affiche pour le couloir',
        text: "Voici l'essai d'affiche pour le couloir. Dis-moi si le vert est trop vert.",
        answer: 'Le vert est exactement assez vert.\n\nAlice',
      },
    ],
    closings: ['À tout à l’heure,\n{sender}'],
    file: (slots, random) => photo(`été à l'école ${slots.number}.png`, [88, 142, 74], random.int(0, 60) / 10),
  },
]
