import { csvFile, pdfFile } from '../files/documents.ts'
import type { Pattern } from '../pattern.ts'
import { suppliers } from '../people.ts'

/** Invoices and deliveries. */
export const supplierPatterns: readonly Pattern[] = [
  {
    key: 'stationery',
    to: 'alice',
    language: 'fr',
    senders: [suppliers.stationery],
    count: 12,
    folder: 'Suppliers',
    subjects: ['Facture {number} - Papeterie Duval', 'Votre commande {number} est expédiée'],
    blocks: [
      ['Bonjour,', 'Chère cliente,'],
      [
        "Veuillez trouver ci-joint la facture {number} d'un montant de {amount} euros, payable à trente jours.",
        "Votre commande {number} ({count} cartons) part aujourd'hui. Livraison prévue {day} avant {hour}.",
      ],
      [
        'Les cahiers grands carreaux sont en rupture chez le fabricant ; le reliquat suivra sans frais de port.',
        'Pour toute question, notre équipe répond du lundi au vendredi, de 8 h à 17 h.',
      ],
      ['La Papeterie Duval'],
    ],
    file: (slots) =>
      pdfFile(`Facture ${slots.number}.pdf`, `Facture ${slots.number}`, [
        `Cahiers 96 pages, lot de ${slots.count}`,
        'Craies blanches, 10 boîtes',
        `Total TTC : ${slots.amount} €`,
      ]),
  },
  {
    key: 'canteen-bill',
    to: 'alice',
    language: 'fr',
    senders: [suppliers.canteen],
    count: 10,
    folder: 'Suppliers',
    charset: 'iso-8859-1',
    subjects: ['Relevé des repas, école des Tilleuls', 'Effectifs de cantine à confirmer pour {day}'],
    blocks: [
      ['Bonjour Madame Martin,'],
      [
        'Vous trouverez en pièce jointe le relevé des repas servis. Le total du mois est de {amount} euros.',
        "Merci de confirmer les effectifs de la semaine. Sans réponse d'ici {day}, nous reconduisons les chiffres.",
      ],
      [
        'À noter : {count} repas sans porc et deux régimes sans gluten, comme convenu.',
        'Le pain vient désormais du four du village.',
      ],
      ['Cuisine Centrale du Val'],
    ],
    answers: ['Bonjour,\n\nEffectifs confirmés, plus {count} pour la visite de {day}.\n\nAlice Martin'],
    file: (slots, random) =>
      csvFile('relevé des repas.csv', [
        ['jour', 'repas', 'dont végétariens'],
        ...['lundi', 'mardi', 'jeudi', 'vendredi'].map((day) => [day, random.int(140, 190), random.int(20, 45)]),
        ['total en euros', slots.amount, ''],
      ]),
  },
  {
    key: 'furniture',
    to: 'alice',
    language: 'de',
    senders: [suppliers.furniture],
    count: 7,
    folder: 'Suppliers',
    subjects: [
      'Rechnung Nr. {number}',
      'Auftragsbestätigung {number}: Schülerstühle Größe 4',
      'Zahlungserinnerung {number}',
    ],
    blocks: [
      ['Sehr geehrte Frau Martin,', 'Sehr geehrte Damen und Herren,'],
      [
        'anbei erhalten Sie die Rechnung {number} über {amount} EUR, zahlbar binnen 14 Tagen ohne Abzug.',
        'vielen Dank für Ihren Auftrag. Die {count} Stühle werden am {day} gegen {hour} geliefert.',
        'gewiss ist es Ihrer Aufmerksamkeit entgangen: Unsere Rechnung {number} über {amount} EUR ist noch offen.',
      ],
      [
        'Bitte halten Sie die Zufahrt zum Schulhof für einen Kleinlaster frei.',
        'Rückfragen beantworten wir gern auch telefonisch.',
      ],
      ['Mit freundlichen Grüßen\nDreher Büromöbel GmbH'],
    ],
    file: (slots) =>
      pdfFile(`Rechnung für Stühle ${slots.number}.pdf`, `Rechnung ${slots.number}`, [
        `${slots.count} Stühle`,
        `Summe: ${slots.amount} €`,
      ]),
  },
  {
    key: 'energy',
    to: 'carol',
    language: 'fr',
    senders: [suppliers.energy],
    count: 4,
    subjects: ["Votre facture d'électricité n° {number}", 'Relevé de consommation, bâtiments communaux'],
    blocks: [
      ['Madame, Monsieur,'],
      [
        'Votre facture n° {number} est disponible. Montant à prélever : {amount} euros, le {day}.',
        "Le relevé des compteurs est joint. La consommation du gymnase baisse de {count} % par rapport à l'an passé.",
      ],
      ["Aucune démarche n'est nécessaire de votre part."],
      ['Énergies du Val, service clients'],
    ],
    file: (slots) => pdfFile(`facture-${slots.number}.pdf`, `Facture ${slots.number}`, [`Montant : ${slots.amount} €`]),
  },
  {
    key: 'hosting',
    to: 'bob',
    language: 'en',
    senders: [suppliers.hosting],
    count: 6,
    isAutomatic: true,
    subjects: ['Invoice NW-{number}', 'Maintenance window on {day}'],
    blocks: [
      ['Dear customer,'],
      [
        'your invoice NW-{number} over EUR {amount} is attached. It will be debited on {day}.',
        'we will replace switches in hall {room} on {day}, starting at {hour}. Expect two interruptions of a minute each.',
      ],
      ['You can find all documents in the customer area. This message was sent by a machine that means well.'],
      ['Nordwolke Hosting'],
    ],
    file: (slots) =>
      pdfFile(`NW-${slots.number}.pdf`, `Invoice NW-${slots.number}`, [
        'Virtual servers, 4',
        `Total: EUR ${slots.amount}`,
      ]),
  },
]
