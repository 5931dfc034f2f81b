import type { Pattern } from '../pattern.ts'
import { parents, staff, suppliers } from '../people.ts'

const hello = ['Bonjour Madame Martin,', 'Madame la Directrice,', 'Bonjour,']
const regards = ['Cordialement,\n{sender}', 'Bien à vous,\n{sender}', "Merci d'avance et belle journée,\n{sender}"]

/** What parents and teachers write to the head of the school. */
export const frenchPatterns: readonly Pattern[] = [
  {
    key: 'absence',
    to: 'alice',
    language: 'fr',
    senders: parents,
    count: 20,
    subjects: ['Absence de {child} ({class})', "{child} malade aujourd'hui", 'Absence {child}, {day}'],
    blocks: [
      hello,
      [
        "{child} a de la fièvre depuis cette nuit et restera à la maison au moins jusqu'à {day}.",
        "Je vous préviens que {child} ({class}) a rendez-vous chez l'orthodontiste {day} à {hour} et manquera une partie de la journée.",
        "Nous avons une cérémonie familiale {day} : {child} sera absent(e) l'après-midi. Un mot est dans le cahier.",
        "{child} s'est tordu la cheville à la danse. Rien de cassé, mais le médecin conseille deux jours de repos.",
      ],
      [
        'Serait-il possible de garder les devoirs dans son casier ? Sa grande soeur passera à {hour}.',
        "Peut-on récupérer les leçons auprès d'un camarade ? Celles de la semaine dernière étaient sur deux feuilles.",
        'Je fournirai un certificat dès que possible. La cantine est déjà prévenue.',
        "Il ou elle insiste pour que l'on sache que son exposé sur les volcans est prêt.",
      ],
      regards,
    ],
    answers: [
      'Merci de nous avoir prévenus. Bon rétablissement à {child}, les devoirs seront dans le casier.\n\nAlice Martin',
      "C'est noté, la maîtresse est au courant. L'exposé attendra, les volcans aussi.\n\nAlice Martin",
    ],
  },
  {
    key: 'appointment',
    to: 'alice',
    language: 'fr',
    senders: parents,
    count: 16,
    subjects: ['Demande de rendez-vous au sujet de {child}', 'Rendez-vous {day} ?', 'Question sur {child}, {class}'],
    blocks: [
      hello,
      [
        "J'aimerais vous rencontrer au sujet de {child}, qui me semble moins motivé(e) depuis quelques semaines.",
        '{child} rentre fatigué(e) et parle peu de la classe. Auriez-vous un moment pour en discuter ?',
        'Nous hésitons à demander un aménagement pour {child} et voudrions votre avis avant de remplir le dossier.',
        "Un petit différend à la récréation revient chaque soir à table. J'aimerais en parler calmement avec vous.",
      ],
      [
        'Je suis disponible {day} à partir de {hour}, ou par téléphone à votre convenance.',
        'Le plus simple pour moi serait {day}, vers {hour}, après la sortie.',
        'Mon conjoint peut se libérer {day}. Si cela ne va pas, proposez, nous nous arrangerons.',
      ],
      regards,
    ],
    answers: [
      'Bien sûr : {day} à {hour}, dans mon bureau. La maîtresse se joindra à nous.\n\nAlice Martin',
      'Avec plaisir. Sonnez au petit portail, {day} à {hour}.\n\nAlice Martin',
    ],
  },
  {
    key: 'lost',
    to: 'alice',
    language: 'fr',
    senders: parents,
    count: 10,
    subjects: ['Objet perdu : manteau bleu', 'Avez-vous vu le bonnet de {child} ?', 'Doudou égaré (urgent !)'],
    blocks: [
      hello,
      [
        '{child} est rentré(e) sans son manteau. Il est bleu marine, avec un badge de fusée sur la manche gauche.',
        "Le doudou de {child}, un lapin à une oreille, n'est pas revenu de la sieste. La soirée s'annonce longue.",
        'Le bonnet à pompon de {child} a disparu quelque part entre le gymnase et la salle {room}.',
      ],
      [
        'Pourriez-vous jeter un oeil dans la caisse des objets trouvés ? Je peux passer dès {hour}.',
        "La gardienne a regardé sous les bancs, sans succès. Peut-être dans l'autocar ?",
      ],
      regards,
    ],
    answers: ['Retrouvé ! Il était sur un porte-manteau de la salle {room}. Je le garde au bureau.\n\nAlice Martin'],
  },
  {
    key: 'help-offer',
    to: 'alice',
    language: 'fr',
    senders: parents,
    count: 9,
    subjects: ['Volontaire pour la sortie du {day}', 'Coup de main pour la fête', 'Je peux accompagner'],
    blocks: [
      hello,
      [
        "Je peux accompagner la classe de {class} {day}. J'ai mon brevet de secourisme et un grand parapluie.",
        'Pour la fête, comptez sur moi pour le stand de crêpes : je viens avec deux plaques et {count} litres de pâte.',
        "Si vous cherchez encore quelqu'un pour la bibliothèque, je suis libre tous les jeudis à {hour}.",
      ],
      ['Dites-moi simplement où et quand.', "Je peux aussi amener deux voisins qui n'osent pas proposer."],
      regards,
    ],
    answers: ['Merci infiniment, je vous inscris. Rendez-vous {day} à {hour} devant le portail.\n\nAlice Martin'],
  },
  {
    key: 'staff-note',
    to: 'alice',
    language: 'fr',
    senders: staff,
    count: 19,
    subjects: [
      'Sortie {class} : dernier point',
      'Salle {room} : chauffage',
      'Remplacement {day}',
      'Photocopieur, encore lui',
      'Conseil de cycle : ordre du jour',
    ],
    blocks: [
      ['Alice,', 'Bonjour Alice,', 'Coucou,'],
      [
        'Pour la sortie des {class}, il manque encore {count} autorisations. Je relance les familles ce soir.',
        "Le radiateur de la salle {room} siffle pendant la dictée. Les élèves l'ont baptisé Gérard.",
        'Je serai en formation {day}. La remplaçante est prévenue, la progression est dans le classeur rouge.',
        "Le photocopieur réclame le code {number} et refuse le recto verso. J'ai imprimé à la maison.",
        'Voici ce que je propose pour le conseil de cycle : livrets, liaison CM2-collège, achats de livres.',
      ],
      [
        'Peux-tu en toucher un mot à la mairie ? De vive voix, cela marche mieux.',
        'Dis-moi si {hour} te convient, sinon on en parle à la récréation.',
        "Rien d'urgent, mais avant vendredi ce serait bien.",
        'Au passage : les {class} ont fini leur fresque, viens la voir, elle est magnifique.',
      ],
      ['À demain,\n{sender}', 'Bises,\n{sender}', '{sender}'],
    ],
    answers: [
      "Merci, c'est noté. On se voit à la récréation.\n\nAlice",
      'Oui pour {hour}. Et je passe voir la fresque en sortant.\n\nAlice',
      "J'appelle la mairie ce matin. Courage avec Gérard.\n\nAlice",
    ],
  },
  {
    key: 'coach',
    to: 'alice',
    language: 'fr',
    senders: [suppliers.coach],
    count: 7,
    subjects: ['Confirmation de transport n° {number}', 'Votre autocar du {day}'],
    blocks: [
      ['Bonjour,'],
      [
        "Nous confirmons la mise à disposition d'un autocar de 53 places {day}. Départ à {hour} devant l'école.",
        'Votre réservation n° {number} est enregistrée pour {day}, {hour}. Prix du transport : {amount} euros.',
      ],
      ['Le conducteur vous appellera la veille. Merci de prévoir {count} sièges rehausseurs si nécessaire.'],
      ['Le service planning\nAutocars Mistral'],
    ],
  },
]
