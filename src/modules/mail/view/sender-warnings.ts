import { registrableDomain } from '../correspondents/domains.ts'
import { isHomograph, isLookAlike } from '../correspondents/look-alikes.ts'
import type { Address } from '../reading/wire.ts'
import type { SenderWarning } from './view-wire.ts'

/** What may deceive about who sent a message. `knownDomains`: those of the owner and of people they wrote to. */
export function senderWarnings(from: Address, knownDomains: readonly string[]): SenderWarning[] {
  const domain = registrableDomain(from.email)
  const warnings: SenderWarning[] = []
  const inName = addressIn(from.name)
  if (inName !== undefined && registrableDomain(inName) !== domain) {
    warnings.push({
      code: 'name_contains_other_address',
      message: `The name says ${inName}, but the message came from ${from.email}.`,
      resembles: inName,
    })
  }
  if (/[\u202a-\u202e\u2066-\u2069]/.test(from.name + from.email)) {
    warnings.push({
      code: 'hidden_characters',
      message: 'The sender’s name holds characters that change the direction of its text.',
      resembles: null,
    })
  }
  if (domain === undefined || knownDomains.includes(domain)) return warnings
  const known = knownDomains.find((one) => isLookAlike(domain, one))
  if (known !== undefined) {
    warnings.push({
      code: 'look_alike_domain',
      message: `${domain} looks like ${known}, to which you have written, but is another.`,
      resembles: known,
    })
  }
  if (isHomograph(domain)) {
    warnings.push({
      code: 'homograph_domain',
      message: `The sender’s domain uses letters that look like others; it is really ${domain}.`,
      resembles: null,
    })
  }
  return warnings
}

const addressIn = (name: string): string | undefined =>
  /[\p{L}\p{N}._%+-]{1,64}@[\p{L}\p{N}-]{1,63}(?:\.[\p{L}\p{N}-]{1,63}){1,8}/u
    .exec(name.slice(0, 500))?.[0]
    .toLowerCase()
