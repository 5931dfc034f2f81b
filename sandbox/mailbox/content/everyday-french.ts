import type { Pattern } from '../pattern.ts'
import { parents, staff, suppliers } from '../people.ts'

const greetings = ['Bonjour Madame Martin,', 'Madame la Directrice,', 'Bonjour,']
const closings = ['Cordialement,\n{sender}', 'Bien à vous,\n{sender}', "Merci d'avance et belle journée,\n{sender}"]

/** What parents and teachers write to the head of the school. */
export const frenchPatterns: readonly Pattern[] = [
  {
    key: 'absence',
    to: 'alice',
    language: 'fr',
    senders: parents,
    count: 20,
    greetings,
    topics: [
      {
        subject: "{child} malade aujourd'hui",
        text: "{child} a de la fièvre depuis cette nuit et restera à la maison au moins jusqu'à {day}.",
        answer: 'Merci de nous avoir prévenus, et bon rétablissement à {child}.\n\nAlice Martin',
      },
      {
        subject: 'Absence de {child} ({class}), {day}',
        text: "Je vous préviens que {child} a rendez-vous chez l'orthodontiste {day} à {hour} et manquera une partie de la journée.",
        answer: "C'est noté pour {day}, la maîtresse est au courant.\n\nAlice Martin",
      },
      {
        subject: 'Absence {child}, {day}',
        text: "Nous avons une cérémonie familiale {day} : {child} ne sera pas en classe l'après-midi. Un mot est dans le cahier.",
      },
      {
        subject: 'Cheville de {child}',
        text: 'Petite chute à la danse hier soir : la cheville de {child} est enflée. Rien de cassé, mais le médecin conseille deux jours de repos.',
        answer:
          'Pauvre cheville ! Nous prévoyons une chaise pour la récréation. Bon courage à {child}.\n\nAlice Martin',
      },
    ],
    remarks: [
      'Serait-il possible de garder les devoirs dans le casier ? Sa grande soeur passera à {hour}.',
      "Peut-on récupérer les leçons auprès d'un camarade ? Celles de la semaine dernière étaient sur deux feuilles.",
      'Je fournirai un certificat dès que possible. La cantine est déjà prévenue.',
      "{child} insiste pour que l'on sache que l'exposé sur les volcans est prêt.",
    ],
    closings,
  },
  {
    key: 'appointment',
    to: 'alice',
    language: 'fr',
    senders: parents,
    count: 13,
    greetings,
    topics: [
      {
        subject: 'Demande de rendez-vous au sujet de {child}',
        text: "J'aimerais vous rencontrer au sujet de {child}, qui traîne les pieds le matin depuis quelques semaines.",
        answer: 'Bien sûr : {day} à {hour}, dans mon bureau. La maîtresse se joindra à nous.\n\nAlice Martin',
      },
      {
        subject: 'Fatigue de {child}',
        text: '{child} rentre sans énergie et parle peu de la classe. Auriez-vous un moment pour en discuter ?',
        answer: 'Avec plaisir. Sonnez au petit portail, {day} à {hour}.\n\nAlice Martin',
      },
      {
        subject: "Dossier d'aménagement, {class}",
        text: 'Nous hésitons à demander un aménagement pour {child} et voudrions votre avis avant de remplir le dossier.',
        answer: "Parlons-en {day} à {hour}. Apportez le dossier même vide, c'est plus simple à deux.\n\nAlice Martin",
      },
      {
        subject: 'Récréation de la {class}',
        text: "Un petit différend à la récréation revient chaque soir à table. J'aimerais en parler calmement avec vous.",
      },
    ],
    remarks: [
      'Je suis disponible {day} à partir de {hour}, ou par téléphone à votre convenance.',
      'Le plus simple pour moi serait {day}, vers {hour}, après la sortie.',
      'Mon conjoint peut se libérer {day}. Si cela ne va pas, proposez, nous nous arrangerons.',
    ],
    closings,
  },
  {
    key: 'lost',
    to: 'alice',
    language: 'fr',
    senders: parents,
    count: 8,
    greetings,
    topics: [
      {
        subject: 'Objet perdu : manteau bleu',
        text: 'Le manteau de {child} est resté quelque part hier. Il est bleu marine, avec un badge de fusée sur la manche gauche.',
        answer: 'Retrouvé ! Il était sur un porte-manteau de la salle {room}. Je le garde au bureau.\n\nAlice Martin',
      },
      {
        subject: 'Doudou égaré (urgent !)',
        text: "Le doudou de {child}, un lapin à une oreille, n'est pas revenu de la sieste. La soirée s'annonce longue.",
        answer: 'Le lapin dormait encore. Il vous attend à la loge, avec son oreille.\n\nAlice Martin',
      },
      {
        subject: 'Avez-vous vu le bonnet de {child} ?',
        text: 'Le bonnet à pompon de {child} a disparu quelque part entre le gymnase et la salle {room}.',
      },
    ],
    remarks: [
      'Pourriez-vous jeter un oeil dans la caisse des objets trouvés ? Je peux passer dès {hour}.',
      "La gardienne a regardé sous les bancs, sans succès. Peut-être dans l'autocar ?",
    ],
    closings,
  },
  {
    key: 'help-offer',
    to: 'alice',
    language: 'fr',
    senders: parents,
    count: 9,
    greetings,
    topics: [
      {
        subject: 'Volontaire pour la sortie du {day}',
        text: "Je peux accompagner la classe de {class} {day}. J'ai mon brevet de secourisme et un grand parapluie.",
        answer: 'Merci infiniment, je vous inscris. Rendez-vous {day} à {hour} devant le portail.\n\nAlice Martin',
      },
      {
        subject: 'Coup de main pour la fête',
        text: 'Pour la fête, comptez sur moi pour le stand de crêpes : je viens avec deux plaques et {count} litres de pâte.',
        answer: "Des crêpes ! Toute l'équipe vous remercie, et fera la queue.\n\nAlice Martin",
      },
      {
        subject: 'Bibliothèque du jeudi',
        text: "Si vous cherchez encore quelqu'un pour la bibliothèque, je suis libre tous les jeudis à {hour}.",
      },
    ],
    remarks: ['Dites-moi simplement où et quand.', "Je peux aussi amener deux voisins qui n'osent pas proposer."],
    closings,
  },
  {
    key: 'staff-note',
    to: 'alice',
    language: 'fr',
    senders: staff,
    count: 19,
    greetings: ['Alice,', 'Bonjour Alice,', 'Coucou,'],
    topics: [
      {
        subject: 'Sortie {class} : dernier point',
        text: 'Pour la sortie des {class}, il manque encore {count} autorisations. Je relance les familles ce soir.',
        answer: "Merci. J'appelle moi-même les trois dernières, comme toujours.\n\nAlice",
      },
      {
        subject: 'Salle {room} : chauffage',
        text: "Le radiateur de la salle {room} siffle pendant la dictée. Les élèves l'ont baptisé Gérard.",
        answer: "J'appelle la mairie ce matin. Courage avec Gérard.\n\nAlice",
      },
      {
        subject: 'Remplacement {day}',
        text: 'Je serai en formation {day}. La remplaçante est prévenue, la progression est dans le classeur rouge.',
        answer: "Bonne formation ! J'accueille la remplaçante à {hour}.\n\nAlice",
      },
      {
        subject: 'Photocopieur, encore lui',
        text: "Le photocopieur réclame le code {number} et refuse le recto verso. J'ai imprimé à la maison.",
        answer: 'Bob passe demain. En attendant, une ramette de ma part pour la maison.\n\nAlice',
      },
      {
        subject: 'Conseil de cycle : ordre du jour',
        text: 'Voici ce que je propose pour le conseil de cycle : livrets, liaison CM2-collège, achats de livres.',
      },
    ],
    remarks: [
      "Rien d'urgent, mais avant vendredi ce serait bien.",
      'On en parle à la récréation ?',
      'Au passage : les {class} ont fini leur fresque, viens la voir, elle est magnifique.',
    ],
    closings: ['À demain,\n{sender}', 'Bises,\n{sender}', '{sender}'],
  },
  {
    key: 'coach',
    to: 'alice',
    language: 'fr',
    senders: [suppliers.coach],
    count: 7,
    greetings: ['Bonjour,'],
    topics: [
      {
        subject: 'Votre autocar du {day}',
        text: "Nous confirmons la mise à disposition d'un autocar de 53 places {day}. Départ à {hour} devant l'école.",
      },
      {
        subject: 'Confirmation de transport n° {number}',
        text: 'Votre réservation n° {number} est enregistrée pour {day}, {hour}. Prix du transport : {amount} euros.',
      },
    ],
    remarks: ['Le conducteur vous appellera la veille.', 'Merci de prévoir {count} sièges rehausseurs si nécessaire.'],
    closings: ['Le service planning\nAutocars Mistral'],
  },
]
