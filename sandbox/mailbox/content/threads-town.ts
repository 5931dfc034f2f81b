import { type Conversation, everyone } from '../conversation.ts'
import { csvFile, pdfFile } from '../files/documents.ts'
import { alice, bob, carol, juergen, tomas } from '../people.ts'
import { prose } from '../prose.ts'

/** The school and the town hall, and both with their neighbours. */
export const townThreads: readonly Conversation[] = [
  {
    key: 'canteen',
    subject: 'Cantine : le menu végétarien passe à deux jours',
    with: [carol, alice],
    language: 'fr',
    charset: 'iso-8859-1',
    turns: [
      {
        from: carol,
        age: '47d 09:30',
        text: prose`
          Bonjour Alice,

          Le conseil a voté le second jour végétarien. Il commencerait le premier
          lundi du mois prochain. La cuisine centrale propose le mardi et le vendredi.

          Peux-tu prévenir les familles dans ton prochain mot ?

          Carol`,
      },
      {
        from: alice,
        age: '47d 12:04',
        text: prose`
          Avec plaisir. Le vendredi, les petits ont piscine et rentrent affamés :
          si la cuisine peut éviter la soupe ce jour-là, nous éviterons une émeute.

          Alice`,
      },
      {
        from: carol,
        age: '46d 08:15',
        text: 'Noté : pas de soupe le vendredi. La cuisine a ri, puis a dit oui.\n\nCarol',
      },
    ],
  },
  {
    key: 'budget',
    subject: 'Budget des écoles : vos chiffres avant vendredi',
    with: [carol, alice, bob],
    language: 'fr',
    isStarred: true,
    turns: [
      {
        from: carol,
        age: '12d 08:45',
        text: prose`
          Bonjour à tous les deux,

          Il me manque la ligne « informatique » pour boucler le budget des écoles.
          Le tableau joint reprend l'an passé ; les cases vides sont pour vous.

          Merci de me le renvoyer avant vendredi midi. Après, c'est le service des
          finances qui devine, et il devine toujours bas.

          Carol`,
        files: [
          csvFile('budget écoles.csv', [
            ['ligne', 'an passé', 'demande'],
            ['fournitures', 8400, 8900],
            ['sorties et autocars', 6150, 7000],
            ['informatique', 11200, ''],
            ['mobilier', 3900, 5200],
          ]),
        ],
      },
      {
        from: bob,
        age: '12d 10:17',
        text: prose`
          Bonjour Carol,

          12 640 pour l'informatique : douze ordinateurs d'occasion (douze fois 390),
          les licences (aucune, on reste en logiciel libre), la fibre (3 960) et
          4 000 pour ce qui cassera. Quelque chose casse toujours.

          Bob`,
      },
      {
        from: alice,
        age: '11d 16:52',
        text: prose`
          Je confirme les chiffres de Bob. Pour le mobilier, 5 200 suffisent si l'on
          répare les vingt chaises de la salle 4 au lieu de les remplacer : le club
          de menuiserie est volontaire.

          Alice`,
      },
      {
        from: carol,
        age: '10d 17:30',
        text: 'Bouclé. Merci ! Le club de menuiserie aura droit à une ligne rien que pour lui.\n\nCarol',
        files: [
          pdfFile('Budget écoles - version votée.pdf', 'Budget des écoles', [
            'Total : 33 740 €',
            'Voté sans modification.',
          ]),
        ],
      },
    ],
  },
  {
    key: 'library-wifi',
    subject: 'Wi-Fi da biblioteca: cai todas as tardes às 16h',
    with: [carol, bob],
    language: 'pt',
    turns: [
      {
        from: carol,
        age: '26d 15:58',
        text: prose`
          Olá Bob,

          sei que estás a aprender português, por isso aqui vai: a rede da biblioteca
          cai todos os dias às 16h, durante uns dez minutos. Os utentes acham que é
          de propósito, para os mandarmos para casa.

          Um abraço,
          Carol`,
      },
      {
        from: bob,
        age: '26d 16:40',
        text: prose`
          Olá Carol,

          às 16h a senhora da limpeza liga o aspirador na tomada do armário de rede.
          (Disse-me o gráfico: a tensão cai 11 volts.) Amanhã ponho uma etiqueta na
          tomada e um aspirador noutra.

          Bob`,
      },
      { from: carol, age: '24d 16:12', text: 'São 16h12 e temos rede. És um mágico! 🎩\n\nCarol' },
    ],
  },
  {
    key: 'roof',
    subject: 'Telhado do ginásio: orçamento e prazo',
    with: [tomas, carol],
    language: 'pt',
    charset: 'windows-1252',
    turns: [
      {
        from: tomas,
        age: '75d 11:20',
        text: prose`
          Exma. Senhora Duarte,

          Após a visita ao ginásio, propomos substituir 62 telhas e refazer a caleira
          do lado norte. São quatro dias de trabalho com tempo seco e 5 870 € com
          material incluído. O orçamento segue em anexo.

          Com os melhores cumprimentos,
          Tomás Ferreira`,
        files: [
          pdfFile('Orçamento telhado.pdf', 'Orçamento', [
            '62 telhas, caleira norte',
            'Total: 5 870 €',
            'Prazo: 4 dias úteis',
          ]),
        ],
      },
      {
        from: carol,
        age: '74d 09:05',
        text: 'Bom dia,\n\nAprovado. Pode começar quando as aulas acabarem, a diretora abre-lhe o portão.\n\nCarol Duarte',
      },
      { from: tomas, age: '74d 10:31', text: 'Obrigado. Começamos na segunda-feira às 7h30.\n\nTomás Ferreira' },
    ],
  },
  {
    key: 'exchange',
    subject: 'Schüleraustausch: 24 Kinder, 24 Gastfamilien?',
    with: [juergen, alice],
    language: 'de',
    charset: 'iso-8859-1',
    answerPrefix: 'Re: ',
    turns: [
      {
        from: juergen,
        age: '40d 10:10',
        text: prose`
          Liebe Frau Martin,

          für die Austauschwoche haben sich 24 Kinder angemeldet, vier mehr als im
          letzten Jahr. Finden Sie auch für alle eine Gastfamilie? Zwei Kinder sind
          Vegetarier, eines hat Angst vor Hunden, eines ist ein Hund. (Kostüm.)

          Mit freundlichen Grüßen
          Jürgen Böhm`,
      },
      {
        from: alice,
        age: '39d 08:44',
        cc: [carol],
        text: prose`
          Lieber Herr Böhm,

          wir haben 26 Familien, eine davon mit drei Hunden: dorthin schicken wir das
          Kostüm. Frau Duarte vom Rathaus (in Kopie) empfängt alle am Dienstag um
          elf Uhr im großen Saal.

          Herzliche Grüße
          Alice Martin`,
      },
      {
        from: juergen,
        age: '39d 09:30',
        cc: [carol],
        text: 'Großartig! Dann buche ich den Bus. Ankunft am Montag gegen 15:40 Uhr.\n\nJürgen Böhm',
      },
    ],
  },
  {
    key: 'lunch',
    subject: 'Déjeuner ?',
    with: everyone,
    language: 'fr',
    turns: [
      {
        from: carol,
        age: '174m',
        text: 'Le marché est là, et le stand de galettes aussi. On se retrouve sous la halle ?\n\nCarol',
      },
      { from: bob, age: '151m', text: 'Ja. Äh, oui. Je prends la complète, si quelqu’un arrive avant moi.\n\nBob' },
      {
        from: alice,
        age: '96m',
        text: 'J’arrive avant toi. Complète, donc. Ma réunion attendra, la galette non.\n\nAlice',
      },
      {
        from: bob,
        age: '4m',
        text: 'Merci pour la galette ! Au fait, ta carte de cantine est restée sur la table, je la garde.\n\nBob',
      },
    ],
  },
]
