import type { Pattern } from '../pattern.ts'
import { demoPeople, ines, person, residents } from '../people.ts'

const works = person('Services techniques', 'technique@mairie-valbourg.example')
const twins = [ines, person('Câmara de Vila Irmã', 'cultura@vila-irma.example', 'Europe/Lisbon')]

/** The town hall's post, and what it sends to the school. */
export const townPatterns: readonly Pattern[] = [
  {
    key: 'resident',
    to: 'carol',
    language: 'fr',
    senders: residents,
    count: 11,
    greetings: ['Madame Duarte,', 'Bonjour,', 'Chère Madame,'],
    topics: [
      {
        subject: 'Lampadaire rue du Port',
        text: 'Le lampadaire devant le {room} rue du Port clignote depuis {count} jours. Mon chat ne dort plus.',
        answer:
          'Bonjour,\n\nMerci de votre message. Les services techniques passent {day}. Courage au chat.\n\nCarol Duarte',
      },
      {
        subject: 'Nid-de-poule, encore',
        text: "Je vous signale un nid-de-poule au croisement de l'école. Le vélo de {child} y a laissé une roue.",
        answer: 'Bonjour,\n\nIl sera rebouché {day}. Avec toutes nos excuses au vélo.\n\nCarol Duarte',
      },
      {
        subject: "Demande d'acte de naissance",
        text: "J'ai besoin d'un extrait d'acte de naissance pour un mariage. Faut-il se déplacer ou suffit-il d'écrire ?",
        answer:
          'Bonjour,\n\nInutile de vous déplacer : il suffit de répondre à ce message avec la date et le lieu.\n\nCarol Duarte',
      },
      {
        subject: 'Le marché du {day}',
        text: "Le stand de miel du marché change-t-il de place {day} ? On m'a dit tout et son contraire.",
      },
      {
        subject: 'Merci !',
        text: "Un grand merci à vos équipes pour les bancs du canal. On s'y assied, on s'y parle, c'est réussi.",
      },
    ],
    remarks: ['Je reste joignable le matin.', 'Passez le bonjour à Philippe.', 'Bon courage à toute la mairie.'],
    closings: ['Respectueusement,\n{sender}', 'Bien cordialement,\n{sender}', '{sender}'],
  },
  {
    key: 'works',
    to: 'alice',
    language: 'fr',
    senders: [works, demoPeople.carol],
    count: 11,
    greetings: ['Bonjour Alice,', 'Bonjour,'],
    topics: [
      {
        subject: 'Plombier {day}, préau',
        text: 'Le plombier passe {day} à {hour} pour les sanitaires du préau. Il faudra fermer le côté gauche.',
        answer: 'Noté. Les petits prendront le côté droit, en rang et en chantant.\n\nAlice Martin',
      },
      {
        subject: "Coupure d'eau {day}",
        text: "L'eau sera coupée {day} de {hour} jusqu'au soir, rue des Tilleuls. Prévoyez quelques bouteilles.",
      },
      {
        subject: 'Contrôle des extincteurs',
        text: 'La commission de sécurité contrôle {count} extincteurs {day}. Merci de laisser la salle {room} ouverte.',
        answer: "C'est noté, la salle {room} sera ouverte et le gardien prévenu.\n\nAlice Martin",
      },
      {
        subject: 'Clés du gymnase',
        text: "Le second jeu de clés du gymnase est prêt. Il vous attend à l'accueil contre signature.",
        answer: 'Enfin ! Je passe le prendre {day}.\n\nAlice Martin',
      },
    ],
    remarks: [
      'Prévenez-nous si la date tombe mal.',
      'Une affichette suit pour le portail.',
      'Comptez une petite heure.',
    ],
    closings: ['Mairie de Valbourg', 'La mairie'],
  },
  {
    key: 'school-to-town',
    to: 'carol',
    language: 'fr',
    senders: [demoPeople.alice],
    count: 6,
    greetings: ['Bonjour Carol,', 'Carol,'],
    topics: [
      {
        subject: 'Fuite salle {room}',
        text: 'Il pleut dans la salle {room}, exactement sur le bureau de la maîtresse. Un seau tient le poste.',
        answer: "J'ai vu la régie : ils sont chez vous {day} à {hour}. Gardez le seau.\n\nCarol",
      },
      {
        subject: 'Arrêté pour la fête du {day}',
        text: 'Pour la fête du {day}, il nous faudrait un arrêté de stationnement et {count} barrières.',
        answer: "L'arrêté est à la signature, les barrières sont comptées. Il y en a même une de trop.\n\nCarol",
      },
      {
        subject: "État des inscriptions de l'école",
        text: "Voici l'état des inscriptions : {count} nouveaux, quatre départs, et des jumelles en CP.",
      },
    ],
    closings: ['Amitiés,\nAlice', 'Alice'],
  },
  {
    key: 'twin-town',
    to: 'carol',
    language: 'pt',
    senders: twins,
    count: 5,
    greetings: ['Cara Carol,', 'Olá Carol,'],
    topics: [
      {
        subject: 'Exposição: {day}',
        text: 'a exposição abre {day}, às {hour}. Precisamos de {count} painéis e de uma escada que não abane.',
        answer: 'Está tudo reservado. A escada é nova!\n\nCarol',
      },
      {
        subject: 'Coro: {count} vozes',
        text: 'o coro leva {count} vozes e um maestro que fala pelos cotovelos. Há lugar na pousada?',
        answer: 'Há lugar para todos, e um quarto longe dos outros para o maestro.\n\nCarol',
      },
      {
        subject: 'Programa da geminação',
        text: 'segue em breve o programa definitivo. A intervenção do presidente foi encurtada para dez minutos (aplausos).',
      },
    ],
    closings: ['Beijinhos,\n{sender}', 'Com amizade,\n{sender}'],
  },
]
