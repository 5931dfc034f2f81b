import { pdf } from '../mailbox/files/pdf.ts'
import { barChart, type Colour, landscape } from '../mailbox/files/png.ts'
import type { UserName } from '../users.ts'

/** A file that somebody has from the start. `earlier` is what stood in it before. */
export type DemoFile = {
  path: string
  daysAgo: number
  content: () => Buffer
  earlier?: () => Buffer
  isFavorite?: boolean
}

const text =
  (...lines: readonly string[]) =>
  () =>
    Buffer.from(`${lines.join('\n')}\n`)
const csv =
  (...rows: readonly (readonly (string | number)[])[]) =>
  () =>
    Buffer.from(`${rows.map((row) => row.join(',')).join('\r\n')}\r\n`)
const document =
  (title: string, ...lines: readonly string[]) =>
  () =>
    pdf(title, lines)
const photo = (colour: Colour, phase: number) => () => landscape(800, 600, colour, phase)

const file = (path: string, daysAgo: number, content: () => Buffer, more: Partial<DemoFile> = {}): DemoFile => ({
  path,
  daysAgo,
  content,
  ...more,
})

const alice: readonly DemoFile[] = [
  file(
    'Playground/Plan of the site.pdf',
    12,
    document(
      'Plan of the site',
      'Swings: north side, away from the road.',
      'Sand: 14 m2, fenced.',
      'Two benches, one table.',
    ),
    { isFavorite: true },
  ),
  file(
    'Playground/Costs.csv',
    4,
    csv(['Item', 'Offer', 'Paid'], ['Swings', 4180, 4180], ['Sand', 620, 0], ['Benches', 980, 490], ['Fence', 2350, 0]),
    {
      earlier: csv(['Item', 'Offer', 'Paid'], ['Swings', 4180, 0], ['Sand', 620, 0]),
    },
  ),
  file(
    'Playground/Minutes of 3 March.md',
    30,
    text(
      '# Minutes',
      '',
      '- Swings: the second offer is taken.',
      '- Bob asks the town about the fence.',
      '- Next meeting: in two weeks, at Carol’s.',
    ),
  ),
  file('Playground/Photos/Before.png', 45, photo([120, 150, 90], 0)),
  file('Playground/Photos/After the digging.png', 9, photo([150, 120, 80], 1)),
  file('Playground/Photos/Swings.png', 3, photo([70, 130, 180], 2)),
  file(
    'Migration/Checklist.md',
    8,
    text(
      '# Moving the office',
      '',
      '- [x] Mailboxes',
      '- [x] Calendars',
      '- [ ] Shared folders',
      '- [ ] Old server off',
    ),
    {
      earlier: text('# Moving the office', '', '- [ ] Mailboxes', '- [ ] Calendars'),
      isFavorite: true,
    },
  ),
  file(
    'Migration/Mailbox sizes.csv',
    15,
    csv(['Person', 'Messages', 'MB'], ['Alice', 18211, 2210], ['Bob', 9120, 870], ['Carol', 30418, 5120]),
  ),
  file('Migration/Sizes.png', 15, () => barChart([22, 9, 51], [60, 110, 200])),
  file(
    'Travel/Lisbon 🇵🇹/Itinerary.md',
    60,
    text('# Lisbon', '', 'Friday: train, hotel by the river.', 'Saturday: Alfama on foot.', 'Sunday: back at noon.'),
  ),
  file(
    'Travel/Lisbon 🇵🇹/Tickets.pdf',
    58,
    document('Tickets', 'Outbound: Friday 07:42, seat 31.', 'Return: Sunday 12:18, seat 34.'),
  ),
  file('Travel/Lisbon 🇵🇹/Rua da Bica.png', 55, photo([210, 160, 60], 3)),
  file(
    'Résumé Alice Martin.pdf',
    200,
    document(
      'Alice Martin',
      'Head of the parents’ association since 2019.',
      'Before: twelve years of running things on time.',
    ),
  ),
  file(
    'Welcome.md',
    1,
    text(
      '# Welcome',
      '',
      'These are your files. They are made up, and so are the people.',
      '',
      '`npm run reset` brings them back as they were.',
    ),
  ),
]

const bob: readonly DemoFile[] = [
  file('Invoices/2026-01 Fence.pdf', 70, document('Invoice 2026-014', 'Fence, 31 m, galvanised', 'Total: 2,350.00')),
  file('Invoices/2026-02 Gravel.pdf', 41, document('Invoice 2026-022', 'Gravel, 3 t', 'Total: 214.20')),
  file(
    'Invoices/Overview.csv',
    6,
    csv(
      ['Number', 'Date', 'Amount', 'Open'],
      ['2026-014', '2026-01-21', 2350, 'no'],
      ['2026-022', '2026-02-19', 214.2, 'yes'],
    ),
  ),
  file('Garden/Beds in spring.png', 20, photo([90, 160, 80], 4)),
  file(
    'Garden/What to sow.txt',
    22,
    text('March: peas, radishes', 'April: carrots, beetroot', 'May: beans, courgettes'),
  ),
  file(
    'Recipes/Leek tart.md',
    90,
    text('# Leek tart', '', 'Three leeks, three eggs, 200 ml of cream.', 'Forty minutes at 190 °C.'),
    { isFavorite: true },
  ),
  file('Notes.txt', 2, text('Ring the town about the fence.', 'Return Carol’s drill.')),
]

const carol: readonly DemoFile[] = [
  file(
    'Choir/Programme of summer.pdf',
    18,
    document(
      'Programme of summer',
      'Brahms: Waldesnacht',
      'Fauré: Cantique de Jean Racine',
      'Lauridsen: O magnum mysterium',
    ),
  ),
  file(
    'Choir/Singers.csv',
    25,
    csv(['Name', 'Voice', 'Since'], ['Ana', 'Soprano', 2018], ['Bruno', 'Bass', 2021], ['Cleo', 'Alto', 2016]),
  ),
  file('Choir/Rehearsal hall.png', 33, photo([160, 90, 110], 5)),
  file(
    'Accounts/2025.csv',
    120,
    csv(['Month', 'In', 'Out'], ['January', 410, 380], ['February', 395, 402], ['March', 430, 377]),
  ),
  file(
    'Letters/To the landlord.md',
    11,
    text(
      'Dear Mr Ferreira,',
      '',
      'the boiler has been repaired twice now, and it is cold again.',
      '',
      'Kind regards,',
      'Carol Duarte',
    ),
  ),
  file('Letters/مرحبا.txt', 50, text('مرحبا، شكرا على رسالتك')),
  file('Drill.png', 7, photo([130, 130, 140], 6)),
]

export const demoFiles: Readonly<Record<UserName, readonly DemoFile[]>> = { alice, bob, carol }
