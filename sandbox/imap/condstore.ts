import { answer, type Hoodiecrow, untagged, word } from './hoodiecrow.ts'
import { nextModseq } from './modseq.ts'

/** CONDSTORE (RFC 7162, without QRESYNC) and ENABLE (RFC 5161); FETCH and STORE do their part in their own files. */
export function condstore(server: Hoodiecrow) {
  server.registerCapability('CONDSTORE')
  server.registerCapability('ENABLE')
  server.allowedStatus.push('HIGHESTMODSEQ')
  server.searchHandlers.MODSEQ = (_connection, message, _index, value) => message.MODSEQ >= Number(value)
  server.messageHandlers.push((_server, message, mailbox) => {
    message.MODSEQ ||= nextModseq(mailbox)
  })

  for (const name of ['SELECT', 'EXAMINE']) {
    const open = server.getCommandHandler(name)
    server.setCommandHandler(name, (connection, command, line, done) => {
      const [path, options] = command.attributes ?? []
      if (Array.isArray(options) && path !== undefined) {
        if (options.some((option) => word(option) === 'CONDSTORE')) connection.isCondstore = true
        command.attributes = [path]
      }
      open(connection, command, line, done)
    })
  }
  server.outputHandlers.push((connection, response, description, command) => {
    const isOpened = (description === 'SELECT' || description === 'EXAMINE') && response.tag !== '*'
    if (!isOpened || !connection.selectedMailbox) return
    const { HIGHESTMODSEQ } = connection.selectedMailbox
    connection.send(untagged(`OK [HIGHESTMODSEQ ${HIGHESTMODSEQ}] Highest`), 'HIGHESTMODSEQ', command)
  })
  server.setCommandHandler('ENABLE', (connection, command, _line, done) => {
    const enabled = (command.attributes ?? []).map(word).filter((name) => name === 'CONDSTORE')
    if (enabled.length) connection.isCondstore = true
    connection.send(untagged(['ENABLED', ...enabled].join(' ')), 'ENABLED', command)
    answer(connection, command, 'OK', 'ENABLE completed')
    done()
  })
}
