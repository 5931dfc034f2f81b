import type { Pattern } from '../pattern.ts'
import { demoPeople, person, townspeople } from '../people.ts'

const residents = [
  ...townspeople.filter(
    (one) => one.address.endsWith('poste-libre.example') || one.address.endsWith('courriel.example'),
  ),
  person('Gérard Vasseur', 'gerard.vasseur@courriel.example'),
  person('Yasmina Ouali', 'yasmina.ouali@poste-libre.example'),
]
const works = person('Services techniques', 'technique@mairie-valbourg.example')
const twin = [
  person('Inês Carvalho', 'ines.carvalho@vila-irma.example', 'Europe/Lisbon'),
  person('Câmara de Vila Irmã', 'cultura@vila-irma.example', 'Europe/Lisbon'),
]

/** The town hall's post, and what it sends to the school. */
export const townPatterns: readonly Pattern[] = [
  {
    key: 'resident',
    to: 'carol',
    language: 'fr',
    senders: residents,
    count: 9,
    subjects: [
      'Lampadaire rue du Port',
      'Nid-de-poule, encore',
      "Demande d'acte de naissance",
      'Le marché du {day}',
      'Merci !',
    ],
    blocks: [
      ['Madame Duarte,', 'Bonjour,', 'Chère Madame,'],
      [
        'Le lampadaire devant le {room} rue du Port clignote depuis {count} jours. Mon chat ne dort plus.',
        "Je vous signale un nid-de-poule au croisement de l'école. Le vélo de {child} y a laissé une roue.",
        "J'ai besoin d'un extrait d'acte de naissance pour un mariage. Faut-il se déplacer ou suffit-il d'écrire ?",
        "Le stand de miel du marché change-t-il de place {day} ? On m'a dit tout et son contraire.",
        "Un grand merci à vos équipes pour les bancs du canal. On s'y assied, on s'y parle, c'est réussi.",
      ],
      ['Je reste joignable le matin.', 'Je compte sur vous, comme toujours.', 'Passez le bonjour à Philippe.'],
      ['Respectueusement,\n{sender}', 'Bien cordialement,\n{sender}', '{sender}'],
    ],
    answers: [
      'Bonjour,\n\nMerci de votre message. Les services techniques passent {day}.\n\nCarol Duarte\nMairie de Valbourg',
      'Bonjour,\n\nInutile de vous déplacer : il suffit de répondre à ce message avec la date et le lieu.\n\nCarol Duarte',
    ],
  },
  {
    key: 'works',
    to: 'alice',
    language: 'fr',
    senders: [works, demoPeople.carol],
    count: 10,
    subjects: [
      'Intervention {day} : salle {room}',
      "Coupure d'eau {day}",
      'Clés du gymnase',
      'Contrôle des extincteurs',
    ],
    blocks: [
      ['Bonjour Alice,', 'Bonjour,'],
      [
        'Le plombier passe {day} à {hour} pour les sanitaires du préau. Il faudra fermer le côté gauche.',
        "L'eau sera coupée {day} de {hour} à midi, rue des Tilleuls. Prévoyez quelques bouteilles.",
        'La commission de sécurité contrôle {count} extincteurs {day}. Merci de laisser la salle {room} ouverte.',
        "Le second jeu de clés du gymnase est prêt. Il vous attend à l'accueil contre signature.",
      ],
      ['Prévenez-nous si la date tombe mal.', 'Une affichette suit pour le portail.', 'Comptez une petite heure.'],
      ['Mairie de Valbourg', 'La mairie'],
    ],
    answers: ["C'est noté, la salle {room} sera ouverte et le gardien prévenu.\n\nAlice Martin"],
  },
  {
    key: 'school-to-town',
    to: 'carol',
    language: 'fr',
    senders: [demoPeople.alice],
    count: 6,
    subjects: [
      'Fuite salle {room}',
      'Arrêté pour la fête du {day}',
      'Effectifs de la rentrée',
      'Barrières pour la photo',
    ],
    blocks: [
      ['Bonjour Carol,', 'Carol,'],
      [
        'Il pleut dans la salle {room}, exactement sur le bureau de la maîtresse. Un seau tient le poste.',
        'Pour la fête du {day}, il nous faudrait un arrêté de stationnement et {count} barrières.',
        "Voici l'état des inscriptions : {count} nouveaux, quatre départs, et des jumelles en CP.",
      ],
      ['Merci de ce que tu pourras faire.', 'Rien ne presse, sauf le seau.', 'On en parle {day} à {hour} ?'],
      ['Amitiés,\nAlice', 'Alice'],
    ],
    answers: [
      'Vu avec la régie : ils sont chez vous {day} à {hour}.\n\nCarol',
      "Je m'en occupe. Gardez le seau.\n\nCarol",
    ],
  },
  {
    key: 'twin-town',
    to: 'carol',
    language: 'pt',
    senders: twin,
    count: 5,
    subjects: ['Programa da geminação', 'Exposição no dia {day}', 'Coro: {count} vozes'],
    blocks: [
      ['Cara Carol,', 'Olá Carol,'],
      [
        'a exposição abre no {day}, às {hour}. Precisamos de {count} painéis e de uma escada que não abane.',
        'o coro leva {count} vozes e um maestro que fala pelos cotovelos. Há lugar na pousada?',
        'segue o programa provisório. A intervenção do presidente foi encurtada para dez minutos (aplausos).',
      ],
      ['Beijinhos,\n{sender}', 'Com amizade,\n{sender}'],
    ],
    answers: ['Está tudo reservado. A escada é nova!\n\nCarol'],
  },
]
