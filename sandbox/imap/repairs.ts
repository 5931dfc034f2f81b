import { answer, type Connection, type Hoodiecrow, type Response, untagged } from './hoodiecrow.ts'
import { nextModseq } from './modseq.ts'

/** Defects of the package that clients stumble over, each put right from outside. */
export function repairs(server: Hoodiecrow) {
  server.connectionHandlers.push(repairSets)
  server.outputHandlers.push(repairStatus)
  server.outputHandlers.push(repairEmptySearch)
  repairDates(server)
  repairAppend(server)
  repairExpunge(server)
}

/** IDLE (RFC 2177). The package's never stops pushing after DONE and leaves a timer of half an hour behind. */
export function idle(server: Hoodiecrow) {
  server.registerCapability('IDLE')
  server.setCommandHandler('IDLE', (connection, command, _line, done) => {
    connection.socket?.write('+ idling\r\n')
    connection.directNotifications = true
    connection.processNotifications()
    connection.inputHandler = (line) => {
      connection.inputHandler = false
      connection.directNotifications = false
      if (line.toUpperCase() === 'DONE') answer(connection, command, 'OK', 'IDLE completed')
      else answer(connection, command, 'BAD', 'DONE expected')
    }
    done()
  })
}

/** The parser refuses a bare `*` as a set; `4294967295:*` is the same message. */
function repairSets(connection: Connection) {
  const schedule = connection.scheduleCommand.bind(connection)
  connection.scheduleCommand = (line) =>
    schedule(line.replace(/^(\S+ (?:UID )?(?:FETCH|STORE|COPY|MOVE) )\*(?= )/i, '$14294967295:*'))
}

/** Wrong status words, and response codes (RFC 5530) that clients decide by. */
const statusRepairs: { text: RegExp; status: 'NO'; code: string }[] = [
  { text: /^Login failed/, status: 'NO', code: 'AUTHENTICATIONFAILED' },
  { text: /^Invalid mailbox name$/, status: 'NO', code: 'NONEXISTENT' },
  { text: /^Mailbox does not exist$/, status: 'NO', code: 'NONEXISTENT' },
  { text: /^Mailbox already exists$/, status: 'NO', code: 'ALREADYEXISTS' },
  { text: /^(Invalid mailbox argument|Target mailbox does not exist)$/, status: 'NO', code: 'TRYCREATE' },
]

function repairStatus(_connection: Connection, response: Response) {
  const [first] = (response.attributes ?? []) as { value?: unknown }[]
  if (response.tag === '*' || response.command === 'OK' || typeof first?.value !== 'string') return
  const { value } = first
  const repair = statusRepairs.find(({ text }) => text.test(value))
  if (!repair) return
  response.command = repair.status
  first.value = `[${repair.code}] ${value}`
}

const answered = new WeakSet<Connection>()

/** A search without a hit must still be answered by an empty SEARCH (RFC 3501 §7.2.5). */
function repairEmptySearch(connection: Connection, response: Response, description: string) {
  if (description !== 'SEARCH' && description !== 'UID SEARCH') return
  if (response.tag === '*') answered.add(connection)
  else if (!answered.delete(connection)) connection.send(untagged('SEARCH'), 'EMPTY SEARCH')
}

/** The package writes the local time with an offset that is wrong west of UTC by parts of an hour: always UTC. */
function repairDates(server: Hoodiecrow) {
  const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
  server.formatInternalDate = (date) => {
    const [, year, month, day, time] = /^(\d+)-(\d+)-(\d+)T([\d:]+)/.exec(date.toISOString()) ?? []
    return `${day}-${months[Number(month) - 1]}-${year} ${time} +0000`
  }
}

/** A session must see EXISTS for what it appends or copies to its own mailbox; \Recent can't be set. */
function repairAppend(server: Hoodiecrow) {
  const append = server.appendMessage.bind(server)
  server.appendMessage = (mailbox, flags, internalDate, raw) =>
    append(
      mailbox,
      flags.filter((flag) => flag !== '\\Recent'),
      internalDate,
      raw,
    )
}

/** UID EXPUNGE removes only what is \Deleted, CLOSE nothing from a mailbox opened by EXAMINE, and both raise MODSEQ. */
function repairExpunge(server: Hoodiecrow) {
  const isDeleted = ({ flags }: { flags: string[] }) => flags.includes('\\Deleted')
  server.setCommandHandler('UID EXPUNGE', (connection, command, _line, done) => {
    const mailbox = connection.selectedMailbox
    const [set] = command.attributes ?? []
    if (!mailbox || connection.readOnly || !set || Array.isArray(set)) answer(connection, command, 'NO', 'Not possible')
    else {
      const range = server.getMessageRange(mailbox, set.value, true).map(([, message]) => message)
      connection.expungeSpecificMessages(mailbox, range.filter(isDeleted), false, true)
      answer(connection, command, 'OK', 'UID EXPUNGE completed')
    }
    done()
  })
  const close = server.getCommandHandler('CLOSE')
  const unselect = server.getCommandHandler('UNSELECT')
  server.setCommandHandler('CLOSE', (connection, command, line, done) =>
    (connection.readOnly ? unselect : close)(connection, command, line, done),
  )
  const notify = server.notify.bind(server)
  server.notify = (response, mailbox, except) => {
    const [, word] = (response.attributes ?? []) as { value?: string }[]
    if (word?.value === 'EXPUNGE') nextModseq(mailbox)
    notify(response, mailbox, except)
  }
}
