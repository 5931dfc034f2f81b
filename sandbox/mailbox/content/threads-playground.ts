import type { Conversation } from '../conversation.ts'
import { csvFile, pdfFile, photo } from '../files/documents.ts'
import { alice, bob, carol, suppliers } from '../people.ts'
import { prose } from '../prose.ts'

const lucie = suppliers.playground

/** The renewal of the school's playground: the longest project that the mailboxes tell of. */
export const playgroundThreads: readonly Conversation[] = [
  {
    key: 'playground',
    subject: 'Rénovation de la cour des Tilleuls : première visite',
    with: [alice, carol],
    language: 'fr',
    folder: 'Projects',
    isStarred: true,
    turns: [
      {
        from: alice,
        age: '93d 08:12',
        cc: [bob],
        text: prose`
          Bonjour Carol,

          Le grand toboggan est fermé depuis jeudi : deux planches sont pourries et
          le portique penche. Avant de rouvrir quoi que ce soit, j'aimerais que les
          services techniques passent voir.

          Je joins trois photos. La numéro 2 montre le pied du portique.

          Bien à toi,
          Alice`,
        files: [
          photo('toboggan-1.png', [96, 140, 84], 0.4),
          photo('portique pied n°2.png', [150, 110, 70], 1.7),
          photo('vue générale 🛝.png', [80, 130, 150], 2.9),
        ],
      },
      {
        from: carol,
        age: '93d 14:40',
        cc: [bob],
        text: prose`
          Bonjour Alice,

          Merci pour les photos, c'est très parlant. Philippe passe mardi à 10 h avec
          la régie. En attendant, on pose des barrières cet après-midi.

          Si le portique est à remplacer, autant refaire tout le coin des petits :
          il reste une ligne au budget d'investissement, à voter avant l'hiver.

          Carol`,
      },
      {
        from: alice,
        age: '92d 07:55',
        text: prose`
          Mardi 10 h, parfait. Je serai au portail.

          Pour le coin des petits : les maîtresses rêvent d'un sol souple et d'un
          arbre. Dans cet ordre, ou dans l'autre selon la chaleur.

          Alice`,
      },
      {
        from: carol,
        age: '88d 16:20',
        text: prose`
          Compte rendu express de la visite :

          - portique : à démonter, l'ancrage est rouillé ;
          - toboggan : réparable, environ 400 euros de bois et une journée ;
          - sol : amiante exclu, le rapport de la régie est joint ;
          - deux tilleuls à tailler avant tous travaux.

          Je demande trois devis. Peux-tu me donner le nombre d'élèves par
          récréation ? Les fabricants le demandent tous.

          Carol`,
        files: [
          pdfFile('Rapport de visite - cour des Tilleuls.pdf', 'Visite de la cour des Tilleuls', [
            'Portique : ancrage rouillé, démontage immédiat.',
            'Toboggan : deux planches à remplacer, réouverture possible sous huit jours.',
            'Sol : enrobé de 1998, analyse négative (amiante).',
            'Arbres : taille de deux sujets, ombre à préserver côté sud.',
          ]),
        ],
      },
      {
        from: alice,
        age: '87d 09:05',
        text: prose`
          Voici le tableau. La deuxième récréation du jeudi est la plus chargée :
          118 enfants pour 640 mètres carrés.

          Alice`,
        files: [
          csvFile('récréations.csv', [
            ['jour', 'créneau', 'classes', 'élèves'],
            ['lundi', '10:15', 'CP A, CP B, CE1', 74],
            ['mardi', '10:15', 'CP A, CE1, CE2', 81],
            ['jeudi', '10:40', 'CE2, CM1 A, CM1 B, CM2', 118],
            ['vendredi', '15:00', 'toutes sauf CM2', 109],
          ]),
        ],
      },
    ],
  },
  {
    key: 'playground-offer',
    subject: 'Devis D-2291 : aire de jeux, école des Tilleuls',
    with: [lucie, carol, alice],
    language: 'fr',
    folder: 'Projects',
    charset: 'windows-1252',
    turns: [
      {
        from: lucie,
        age: '61d 10:02',
        text: prose`
          Mesdames,

          Suite à notre passage, vous trouverez ci-joint notre proposition : structure
          en robinier, sol coulé sur 180 m², et un banc autour du grand tilleul. Le
          prix est de 23 480 € hors taxes, pose comprise, valable soixante jours.

          Le délai est de sept semaines à compter de la commande.

          Cordialement,
          Lucie Monnet
          Aire & Jeux SARL`,
        files: [
          pdfFile('Devis D-2291.pdf', 'Devis D-2291', [
            'Structure en robinier, hauteur de chute 1,45 m . . . . 13 900,00 €',
            'Sol coulé, 180 m², deux teintes . . . . . . . . . . . . . . 7 560,00 €',
            'Banc circulaire, chêne . . . . . . . . . . . . . . . . . . . . 2 020,00 €',
            'Total hors taxes . . . . . . . . . . . . . . . . . . . . . . . . 23 480,00 €',
          ]),
        ],
      },
      {
        from: carol,
        age: '60d 08:30',
        text: prose`
          Bonjour Madame Monnet,

          Merci pour cette offre. Deux questions avant la commission : le sol est-il
          perméable à l'eau de pluie, et le chantier peut-il se tenir entièrement
          pendant les vacances ?

          Carol Duarte
          Mairie de Valbourg`,
      },
      {
        from: lucie,
        age: '60d 15:47',
        text: prose`
          Oui aux deux. Le sol laisse passer 40 litres par minute et par mètre carré,
          fiche technique sur demande. Il nous faut neuf jours ouvrés sans élèves.

          Lucie Monnet`,
      },
      {
        from: alice,
        age: '59d 07:20',
        text: prose`
          Neuf jours, cela tient dans les vacances. Les maîtresses ont voté pour les
          teintes « argile » et « mousse ». Les enfants avaient voté violet, je prends
          sur moi de le leur annoncer.

          Alice Martin`,
      },
      {
        from: carol,
        age: '32d 17:05',
        bcc: [bob],
        text: prose`
          La commission a dit oui hier soir, à l'unanimité. Bon pour accord en pièce
          jointe ; la commande numérotée suit par courrier.

          Carol`,
        files: [pdfFile('Bon pour accord.pdf', 'Bon pour accord', ['Devis D-2291, accepté sans réserve.', 'Valbourg'])],
      },
      {
        from: alice,
        age: '32d 18:11',
        to: [carol],
        text: "Champagne (sans alcool, on est à l'école). Merci Carol !",
      },
    ],
  },
]
