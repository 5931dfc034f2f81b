import type SMTPConnection from 'nodemailer/lib/smtp-connection'
import type { MailServer } from '#integrations/mail-server/mail-server.ts'
import { codeOfFault, type MailServerCode, mailServerError } from '#integrations/mail-server/mail-server-error.ts'
import { AppError } from '#platform/errors.ts'
import { codeOf, connectionFaultOf, connectionFaultOfCode } from '#platform/network/connection-fault.ts'

export type SmtpError = SMTPConnection.SMTPError

/** Turns whatever went wrong before a message was begun into one of the documented mail server errors. */
export function toSmtpError(error: unknown, server: MailServer): AppError {
  if (error instanceof AppError && error.code !== 'host_forbidden') return error
  const { response } = error as SmtpError
  return mailServerError(codeOfSmtpError(error), 'SMTP', server, { words: response, cause: error })
}

function codeOfSmtpError(error: unknown): MailServerCode {
  if (error instanceof AppError) return 'mail.host_forbidden'
  const { command, originalCode, responseCode, response = '' } = error as SmtpError
  // nodemailer keeps the code of a socket or TLS failure aside.
  const fault = originalCode ? connectionFaultOfCode(originalCode) : connectionFaultOf(error)
  if (fault) return codeOfFault[fault]
  if (command === 'STARTTLS' && response) return 'mail.plaintext_refused'
  // RFC 4954 §6: 538 asks for encryption; before STARTTLS some answer 530 with those words instead.
  if (responseCode === 538 || /must issue a STARTTLS|encryption required/i.test(response)) {
    return 'mail.plaintext_refused'
  }
  const isRefused = codeOf(error) === 'EAUTH' && responseCode !== undefined && responseCode >= 500
  return isRefused ? 'mail.authentication_failed' : 'mail.server_error'
}
