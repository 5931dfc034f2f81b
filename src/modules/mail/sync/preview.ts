import { truncate } from './clean-text.ts'

/** What of a text is looked at: a preview has all it needs before. */
const maxReadLength = 6000
const maxPreviewLength = 200
/** What of a line is looked at. */
const maxLineLength = 1000

/**
 * The beginning of what somebody wrote, for a list: at most 200 characters on one line. Left out are style sheets that
 * mailers put into texts, offers to view the mail elsewhere, addresses of links, quotes, signatures and legal footers,
 * and the runs of invisible characters with which newsletters pad. Where nothing else is left, they stay.
 */
export function previewOf(readable: string): string {
  const text = readable.slice(0, maxReadLength)
  const written = onOneLine(writtenLines(withoutStyleSheets(text)))
  return truncate(written || onOneLine(text), maxPreviewLength)
    .toWellFormed()
    .trimEnd()
}

/** `p { margin: 0 }`, at-rules with the rules in them, and comments, wherever they stand. */
function withoutStyleSheets(text: string): string {
  if (!text.includes('{')) return text
  return text
    .replace(/\/\*[^*]{0,2000}\*\//g, ' ')
    .replace(/(?:^|[\n}])[^\n{}]{0,300}\{\s*(?:[a-z-]{2,40}\s*:[^{}]{0,300};?\s*){1,60}\}/gi, '\n')
    .replace(/@(?:media|font-face|import|charset)[^{}\n]{0,300}(?:\{\s*\}|;|\n)/gi, '\n')
}

/** No more of them than a preview takes: most of this is done for every message of a first sync. */
function writtenLines(text: string): string {
  const lines: string[] = []
  let length = 0
  for (const whole of text.split(/\r?\n/)) {
    const line = whole.slice(0, maxLineLength)
    // RFC 3676 §4.3: the signature follows "-- ".
    if (line === '-- ' || line === '--' || length > 2 * maxPreviewLength) break
    if (isQuoteHeader(line) && lines.some(isWritten)) break
    if (/^\s*>/.test(line)) continue
    const written = withoutOffers(withoutLinks(line))
    if (isFooter(written)) continue
    lines.push(written)
    length += onOneLine(written).length
  }
  return lines.join('\n')
}

/** Who is quoted below, as mail programs say it, or the header of what was forwarded. */
const quoteHeader =
  /^\s*(?:(?:On|Le|Am|El|Il|Em|Op)\b.{5,160}\b(?:wrote|a écrit|schrieb.{0,80}|escribió|ha scritto|escreveu|schreef.{0,80})\s?:|-{3,}\s*(?:original message|message d['’]origine|ursprüngliche nachricht|mensaje original|messaggio originale|mensagem original|oorspronkelijk bericht).{0,20}|(?:From|De|Von|Da|Van)\s?:\s.{0,200}@.{0,200})\s*$/i
const isWritten = (line: string) => /[\p{L}\p{N}]/u.test(line) && !/^\W*-{3,}/.test(line)
const isQuoteHeader = (line: string) => /[:-]/.test(line) && line.length < 500 && quoteHeader.test(line)

/** Addresses in brackets behind their words, and those longer than anybody reads. */
const withoutLinks = (line: string) =>
  line.includes('http')
    ? line.replace(/[<[(]\s*https?:\/\/[^\s<>[\]()]{1,2000}\s*[>\])]|https?:\/\/[^\s<>]{50,2000}/g, ' ')
    : line

const offers = [
  // "Having trouble viewing this email? View it in your browser."
  String.raw`(?:having )?(?:trouble|problems?|difficult\w*) (?:with |viewing |reading |seeing |displaying )[^.!?\n]{0,60}\?`,
  String.raw`(?:if you )?(?:can'?t|can’t|cannot|unable to) (?:see|read|view) (?:this|the|our)[^.!?\n]{0,60}[?,]`,
  String.raw`(?:(?:please )?(?:click|tap) here to )?(?:view|read|open|see)(?: (?:it|this|the|our|as))?(?: web)?(?: e-?mail| message| newsletter| version)?(?: (?:in|on|with) (?:your |a |the )?(?:web ?)?(?:browser|web(?: ?page)?)| online)\b`,
  String.raw`(?:web|online|browser)[ -]version\b`,
  String.raw`(?:voir|lire|afficher|consulter|visualiser|ouvrir)\b[^.!?\n]{0,40}(?:dans (?:votre|un|le) navigateur|en ligne)\b`,
  String.raw`version en ligne\b`,
  '(?:(?:newsletter|e-?mail|nachricht) )?im browser (?:ansehen|anzeigen|öffnen|lesen)',
  String.raw`(?:wird|werden) (?:diese|dieser|die)[^.!?\n]{0,40}nicht (?:korrekt|richtig)[^.!?\n]{0,40}\?`,
  String.raw`ver\b[^.!?\n]{0,40}(?:en (?:su|tu|el) navegador|en línea)`,
  String.raw`visualizza\b[^.!?\n]{0,40}(?:nel (?:tuo |suo )?browser|online)`,
  String.raw`(?:ver|visualizar)\b[^.!?\n]{0,40}no (?:seu )?navegador`,
  String.raw`(?:bekijk|lees)\b[^.!?\n]{0,40}(?:in (?:je|uw|de) browser|online)`,
]
const offer = new RegExp(String.raw`(?<![\p{L}\p{N}])(?:${offers.join('|')})[.:!»›>|]*`, 'giu')
const mayOffer =
  /browser|online|web|navigat|navegador|ligne|línea|trouble|problem|difficult|can['’]?t|cannot|unable|nicht/i

const withoutOffers = (line: string) => (mayOffer.test(line) ? line.replace(offer, ' ') : line)

/** Said in the first words of a line, whatever its length. */
const legalLine = new RegExp(
  String.raw`^\W*(?:${[
    String.raw`you(?:'re|’re| are| have)? (?:currently )?(?:receiv\w+|been sent|subscribed)\b.{0,80}(?:e-?mail|message|newsletter|because)`,
    'this (?:e-?mail|message|newsletter) (?:was|has been|is) (?:sent|intended|addressed|delivered)',
    String.raw`(?:this|the (?:contents|information))\b.{0,120}\b(?:confidential|privileged)`,
    'confidential(?:ity)?(?: notice)?:',
    'disclaimer',
    'vous (?:recevez|avez reçu) ce',
    String.raw`ce (?:message|courriel|mail)\b.{0,120}\bconfidentiel`,
    'sie erhalten diese|diese e-?mail (?:wurde|ist|enthält)',
    'recib(?:e|es|iste|ió) este (?:correo|mensaje|e-?mail)|este (?:correo|mensaje) (?:es|se|ha|contiene)',
    'hai ricevuto quest|ricevi quest',
    'você (?:está recebendo|recebeu) est',
    'u ontvangt (?:deze|dit)|je ontvangt (?:deze|dit)',
    String.raw`(?:©|\(c\)|copyright)\s*.{0,60}\b(?:19|20)\d\d\b`,
    'sent from my |get outlook for |envoyé de mon |von meinem .{1,30} gesendet|enviado desde mi |inviato da ',
  ].join('|')})`,
  'iu',
)
/** Said in a line that says hardly anything else. */
const legalWords =
  /unsubscribe|opt[- ]out|(?:manage|update|change) (?:your )?(?:e-?mail )?(?:preferences|subscription|settings)|privacy (?:policy|notice)|terms (?:of|and|&)|all rights reserved|d[ée]sabonner|désinscri|mentions légales|politique de confidentialité|tous droits réservés|abmelden|abbestellen|impressum|datenschutz|alle rechte vorbehalten|darse de baja|cancelar (?:la |su |tu )?suscripci|aviso legal|disiscri|annulla.{0,10}iscrizione|cancelar (?:a )?(?:inscri|assinatura)|afmelden|uitschrijven/i
const maxLegalLength = 120

const isFooter = (line: string): boolean =>
  (line.length <= maxLegalLength && legalWords.test(line)) || legalLine.test(line.slice(0, 300))

/** Invisible characters are how newsletters keep what follows their first words out of previews. */
const onOneLine = (text: string) =>
  text
    .replace(/(?:[\s\p{Cf}\u115f\ufffc]|\u034f){2,}|[^\S ]/gu, ' ')
    .replace(/(?<= |^)[-=_*~#|•·–—]{2,}(?= |$)/g, '')
    .replace(/ {2,}/g, ' ')
    .trim()
