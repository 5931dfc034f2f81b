type Address = { name?: string | null; email?: string | null }

/**
 * What is indexed of addresses: names, whole addresses, and their parts, because the whole address is one lexeme and
 * nobody searches "example" hoping to miss user@example.com.
 */
export function addressWords(addresses: readonly Address[]): string {
  const words = new Set<string>()
  for (const { name, email } of addresses) {
    if (name) words.add(name)
    if (!email) continue
    words.add(email)
    for (const part of email.split(/[^\p{L}\p{N}]+/u)) if (part) words.add(part)
    const domain = email.slice(email.lastIndexOf('@') + 1)
    if (domain !== email) words.add(domain)
  }
  return [...words].join(' ').slice(0, 50_000)
}
