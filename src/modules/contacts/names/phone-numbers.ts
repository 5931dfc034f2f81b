import type { CountryCode } from 'libphonenumber-js/min'
import { parsePhoneNumberFromString } from 'libphonenumber-js/min'

/**
 * A number as the whole world dials it (E.164), where it says enough.
 * @param country where it is dialled without a code of a country: of the address beside it, or of the person's locale.
 */
export function e164(number: string, country: string | undefined): string | undefined {
  const code = country?.toUpperCase()
  const parsed = parsePhoneNumberFromString(number.replace(/^tel:/i, ''), code as CountryCode | undefined)
  return parsed?.isPossible() ? parsed.number : undefined
}
