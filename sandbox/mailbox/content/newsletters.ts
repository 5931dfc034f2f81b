import type { Colour } from '../files/png.ts'
import type { Charset } from '../mime/charset.ts'
import type { DemoUser } from '../people.ts'

export type NewsletterTitle = {
  key: string
  to: DemoUser
  name: string
  domain: string
  address: string
  charset: Charset
  colour: Colour
  hero: 'landscape' | 'bars'
  /** `{number}` and `{lead}` are filled in. */
  subject: string
  preheader: string
  newest: string
  newestNumber: number
  everyDays: number
  issues: number
  more: string
  leave: string
  footer: string
  articles: readonly { title: string; blurb: string }[]
}

export const newsletterTitles: readonly NewsletterTitle[] = [
  {
    key: 'pupitre',
    to: 'alice',
    name: 'Le Pupitre',
    domain: 'le-pupitre.example',
    address: 'lettre@le-pupitre.example',
    charset: 'utf-8',
    colour: [196, 78, 60],
    hero: 'landscape',
    subject: 'Le Pupitre n° {number} : {lead}',
    preheader: 'La lettre de celles et ceux qui font l’école, tous les quinze jours.',
    newest: '1d 05:30',
    newestNumber: 212,
    everyDays: 14,
    issues: 24,
    more: 'Lire la suite',
    leave: 'Ne plus recevoir cette lettre',
    footer: 'Le Pupitre, 4 quai des Écoliers, 99001 Valbourg. Vous recevez cette lettre car vous vous y êtes inscrite.',
    articles: [
      {
        title: 'Lire à voix haute, même au CM2',
        blurb:
          'Dix minutes par jour suffisent : une enseignante raconte comment le rituel a changé le retour de la cantine.',
      },
      {
        title: 'La cour de récréation, un plan à dessiner ensemble',
        blurb:
          'Qui court où ? Une classe a compté, cartographié, puis déplacé trois bancs. Les disputes ont baissé de moitié.',
      },
      {
        title: 'Moins de photocopies, plus de tableaux',
        blurb: 'Le retour du tableau noir n’est pas de la nostalgie : il laisse voir le raisonnement se construire.',
      },
      {
        title: 'Parler d’argent aux familles',
        blurb: 'Sorties, cantine, fournitures : cinq formulations qui évitent la gêne des uns et des autres.',
      },
      {
        title: 'Le bruit se mesure, et se soigne',
        blurb: 'Un feutre sous chaque pied de chaise coûte douze centimes. Notre mesure avant et après.',
      },
      {
        title: 'Dictée : et si l’on corrigeait d’abord les réussites ?',
        blurb: 'Compter les mots justes change le regard de l’élève et, surprise, celui du correcteur.',
      },
      {
        title: 'Quand il pleut trois semaines de suite',
        blurb: 'Douze jeux de préau qui ne demandent ni ballon ni cris. Enfin, presque pas de cris.',
      },
      {
        title: 'Un potager dans douze mètres carrés',
        blurb: 'Radis d’abord, patience ensuite. Le calendrier d’une école qui récolte même en novembre.',
      },
    ],
  },
  {
    key: 'garden',
    to: 'alice',
    name: 'Garden & Plate',
    domain: 'garden-and-plate.example',
    address: 'hello@garden-and-plate.example',
    charset: 'utf-8',
    colour: [58, 125, 68],
    hero: 'landscape',
    subject: '🌱 {lead}',
    preheader: 'This weekend only: free seeds with every order. Psst, the chives are in.',
    newest: '95m',
    newestNumber: 88,
    everyDays: 21,
    issues: 14,
    more: 'Show me',
    leave: 'Unsubscribe',
    footer: 'Garden & Plate Ltd, 12 Mill Lane, Thistleford. You bought a watering can once; we never forgot.',
    articles: [
      {
        title: 'Tomatoes for people without a garden',
        blurb: 'Three varieties that are happy on a window sill, and one that only pretends to be.',
      },
      {
        title: 'The last watering can you will buy',
        blurb: 'Galvanised, nine litres, balanced so that it pours when half empty. Now 20% off.',
      },
      {
        title: 'Soup is a method, not a recipe',
        blurb: 'An onion, patience, and whatever the market had too much of. Our chef explains the order.',
      },
      {
        title: 'What to plant this month',
        blurb: 'Broad beans if you are brave, garlic if you are not. Both if you have a shed.',
      },
      {
        title: 'Slugs: a peace proposal',
        blurb: 'A board, a lamp, a walk to the far end of the meadow. It works better than beer.',
      },
      {
        title: 'Seed swap, round three',
        blurb: 'Send us what you saved, get back what somebody else did. 1,400 packets changed hands last time.',
      },
    ],
  },
  {
    key: 'canal',
    to: 'alice',
    name: 'Librairie du Canal',
    domain: 'librairie-du-canal.example',
    address: 'bonjour@librairie-du-canal.example',
    charset: 'iso-8859-15',
    colour: [40, 84, 140],
    hero: 'landscape',
    subject: 'Cette semaine au Canal : {lead}',
    preheader: 'Deux rencontres, un atelier et nos coups de coeur.',
    newest: '6d 16:00',
    newestNumber: 41,
    everyDays: 30,
    issues: 10,
    more: 'Je réserve',
    leave: 'Se désinscrire',
    footer: 'Librairie du Canal, 17 rue du Port, Valbourg. Ouvert du mardi au samedi.',
    articles: [
      {
        title: 'Rencontre avec une illustratrice de ponts',
        blurb: 'Samedi à 15 h : carnets, encres, et la question que tout le monde se pose, pourquoi des ponts ?',
      },
      {
        title: 'Coup de coeur : le roman du facteur',
        blurb: "Une tournée, quarante boîtes, un seul secret. On l'a lu deux fois. 19,50 €.",
      },
      {
        title: 'Atelier de reliure pour les 8-12 ans',
        blurb: 'Ils repartent avec un carnet cousu main, et un peu de colle dans les cheveux.',
      },
      { title: 'Poésie du soir', blurb: 'Entrée libre, micro ouvert, soupe offerte. Prévoyez un texte court.' },
      {
        title: 'Les manuels scolaires sont en rayon',
        blurb: "Commande groupée pour les écoles jusqu'au 15, remise de 9 %.",
      },
    ],
  },
  {
    key: 'dispatch',
    to: 'bob',
    name: 'The Rack Dispatch',
    domain: 'rack-dispatch.example',
    address: 'editor@rack-dispatch.example',
    charset: 'utf-8',
    colour: [72, 61, 139],
    hero: 'bars',
    subject: 'The Rack Dispatch #{number}: {lead}',
    preheader: 'Operations news for people who carry a screwdriver.',
    newest: '2d 06:00',
    newestNumber: 134,
    everyDays: 14,
    issues: 22,
    more: 'Read on',
    leave: 'Leave this list',
    footer: 'Written by two sysadmins in a basement in Rotterdam. No investors, one cat.',
    articles: [
      {
        title: 'Your backups are fine. Have you restored one?',
        blurb: 'We asked 60 town halls. 58 have backups, 31 have tried one, 9 wrote down how long it took.',
      },
      {
        title: 'IPv6 in a school, in one afternoon',
        blurb: 'A plan with four prefixes, two mistakes and a happy ending before the bell.',
      },
      {
        title: 'The queue that grew for eleven days',
        blurb: 'A post-mortem of a mail relay that accepted everything and told nobody.',
      },
      {
        title: 'Labels on cables: a love story',
        blurb: 'Both ends, same text, and never the name of a person who might leave.',
      },
      {
        title: 'Certificates at 90 days, then 45',
        blurb: 'If a human has to remember it, it will expire on a public holiday. Automate the boring part.',
      },
      {
        title: 'Quiet monitoring',
        blurb: 'We deleted two thirds of our alerts. Outages are found faster now. Charts inside.',
      },
      {
        title: 'Second-hand laptops that last',
        blurb: 'Which models survive a year with nine-year-olds, measured in screens and hinges.',
      },
    ],
  },
  {
    key: 'kommunal',
    to: 'carol',
    name: 'Kommunal heute',
    domain: 'kommunal-heute.example',
    address: 'redaktion@kommunal-heute.example',
    charset: 'windows-1252',
    colour: [176, 120, 24],
    hero: 'bars',
    subject: 'Kommunal heute {number}: {lead}',
    preheader: 'Nachrichten aus Rathäusern dies- und jenseits der Grenze.',
    newest: '3d 07:00',
    newestNumber: 61,
    everyDays: 28,
    issues: 12,
    more: 'Weiterlesen',
    leave: 'Newsletter abbestellen',
    footer: 'Kommunal heute, Verlag am Markt, Beispielstadt. Sie erhalten diesen Brief auf eigenen Wunsch.',
    articles: [
      {
        title: 'Trinkbrunnen: drei Städte, drei Lösungen',
        blurb: 'Was kostet ein Brunnen wirklich? Überraschend viel, und im zweiten Jahr überraschend wenig.',
      },
      {
        title: 'Der Bürgersteig gehört allen',
        blurb: 'Roller, Tische, Mülltonnen: wie Nachbarn in Vorstadt ein Jahr lang „Maß nahmen“.',
      },
      {
        title: 'Digitale Anträge ohne Drucker',
        blurb: 'Ein Formular, zwei Felder weniger, 40 % weniger Rückfragen. Ein Werkstattbericht.',
      },
      { title: 'Bäume im Hitzesommer', blurb: 'Welche Arten durchhielten und warum die Platane überschätzt wird.' },
      {
        title: 'Gemeinsamer Einkauf über die Grenze',
        blurb: 'Zwei Gemeinden, ein Streusalzlager. Rechtlich heikel, praktisch herrlich.',
      },
    ],
  },
  {
    key: 'plaza',
    to: 'carol',
    name: 'Boletín de la Plaza',
    domain: 'boletin-plaza.example',
    address: 'boletin@boletin-plaza.example',
    charset: 'iso-8859-1',
    colour: [170, 48, 90],
    hero: 'landscape',
    subject: 'Boletín de la Plaza, n.º {number}: {lead}',
    preheader: 'Fiestas, mercados y talleres de los pueblos hermanados.',
    newest: '9d 09:00',
    newestNumber: 29,
    everyDays: 35,
    issues: 9,
    more: 'Leer más',
    leave: 'Darse de baja',
    footer: 'Asociación de Pueblos Hermanados, Plaza Mayor 1.',
    articles: [
      {
        title: 'El mercado de otoño vuelve a la calle',
        blurb: 'Cincuenta puestos, ningún plástico y una tortilla de tres metros. ¡No faltéis!',
      },
      { title: 'Títeres sin fronteras', blurb: 'Compañías de seis países ensayan ya en el antiguo lavadero.' },
      {
        title: 'Taller de azulejos para familias',
        blurb: 'Se hornean el domingo y se recogen el miércoles. Plazas limitadas.',
      },
      {
        title: 'La fuente, por fin, tiene agua',
        blurb: 'Tras dos años de obras, los niños la inauguraron antes que el alcalde.',
      },
    ],
  },
]
