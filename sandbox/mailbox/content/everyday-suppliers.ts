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
    greetings: ['Bonjour,', 'Chère cliente,'],
    topics: [
      {
        subject: 'Facture {number} - Papeterie Duval',
        text: "Veuillez trouver ci-joint la facture {number} d'un montant de {amount} euros, payable à trente jours.",
      },
      {
        subject: 'Votre commande {number} est expédiée',
        text: "Votre commande {number} ({count} cartons) part aujourd'hui, facture jointe. Livraison prévue {day} avant {hour}.",
      },
    ],
    remarks: [
      'Les cahiers grands carreaux sont en rupture chez le fabricant ; le reliquat suivra sans frais de port.',
      'Pour toute question, notre équipe répond du lundi au vendredi, de 8 h à 17 h.',
    ],
    closings: ['La Papeterie Duval'],
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
    greetings: ['Bonjour Madame Martin,'],
    topics: [
      {
        subject: 'Relevé des repas, école des Tilleuls',
        text: 'Vous trouverez en pièce jointe le relevé des repas servis. Le total du mois est de {amount} euros.',
      },
      {
        subject: 'Effectifs de cantine à confirmer pour {day}',
        text: "Merci de confirmer les effectifs de la semaine. Sans réponse d'ici {day}, nous reconduisons les chiffres joints.",
        answer: 'Bonjour,\n\nEffectifs confirmés, plus {count} pour la visite de {day}.\n\nAlice Martin',
      },
    ],
    remarks: [
      'À noter : {count} repas sans porc et deux régimes sans gluten, comme convenu.',
      'Le pain vient désormais du four du village.',
    ],
    closings: ['Cuisine Centrale du Val'],
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
    greetings: ['Sehr geehrte Frau Martin,', 'Sehr geehrte Damen und Herren,'],
    topics: [
      {
        subject: 'Rechnung Nr. {number}',
        text: 'anbei erhalten Sie die Rechnung {number} über {amount} EUR, zahlbar binnen 14 Tagen ohne Abzug.',
      },
      {
        subject: 'Auftragsbestätigung {number}: Schülerstühle Größe 4',
        text: 'vielen Dank für Ihren Auftrag. Die {count} Stühle werden am {day} gegen {hour} geliefert.',
        answer: 'Guten Tag,\n\nam {day} ist jemand da. Bitte am Hoftor klingeln.\n\nAlice Martin',
      },
      {
        subject: 'Zahlungserinnerung {number}',
        text: 'gewiss ist es Ihrer Aufmerksamkeit entgangen: Unsere Rechnung {number} über {amount} EUR ist noch offen.',
        answer: 'Guten Tag,\n\ndie Rechnung liegt im Rathaus und wird diese Woche bezahlt. Verzeihung!\n\nAlice Martin',
      },
    ],
    remarks: ['Rückfragen beantworten wir gern auch telefonisch.', 'Unser Lager ist ab sofort auch samstags besetzt.'],
    closings: ['Mit freundlichen Grüßen\nDreher Büromöbel GmbH'],
    file: (slots) =>
      pdfFile(`Unterlagen für Stühle ${slots.number}.pdf`, `Vorgang ${slots.number}`, [
        `${slots.count} Stühle, Größe 4, Buche`,
        `Summe: ${slots.amount} €`,
      ]),
  },
  {
    key: 'energy',
    to: 'carol',
    language: 'fr',
    senders: [suppliers.energy],
    count: 4,
    greetings: ['Madame, Monsieur,'],
    topics: [
      {
        subject: "Votre facture d'électricité n° {number}",
        text: 'Votre facture n° {number} est jointe. Montant à prélever : {amount} euros, le {day}.',
      },
      {
        subject: 'Relevé de consommation, bâtiments communaux',
        text: "Le relevé des compteurs est joint. La consommation du gymnase baisse de {count} % par rapport à l'an passé.",
      },
    ],
    closings: ["Aucune démarche n'est nécessaire de votre part.\n\nÉnergies du Val, service clients"],
    file: (slots) =>
      pdfFile(`énergies-${slots.number}.pdf`, `Dossier ${slots.number}`, ['Bâtiments communaux', `${slots.amount} €`]),
  },
  {
    key: 'hosting',
    to: 'bob',
    language: 'en-GB',
    senders: [suppliers.hosting],
    count: 6,
    isAutomatic: true,
    greetings: ['Dear customer,'],
    topics: [
      {
        subject: 'Invoice NW-{number}',
        text: 'your invoice NW-{number} over EUR {amount} is attached. It will be debited on {day}.',
      },
    ],
    remarks: [
      'You can find all documents in the customer area.',
      'Our office is closed on the day after. The machines are not.',
    ],
    closings: ['This message was sent by a machine that means well.\nNordwolke Hosting'],
    file: (slots) =>
      pdfFile(`NW-${slots.number}.pdf`, `Invoice NW-${slots.number}`, [
        'Virtual servers, 4',
        `Total: EUR ${slots.amount}`,
      ]),
  },
]
