import { onHostOf } from '#platform/auth/issuer.ts'

/**
 * An endpoint of the issuer as a browser reaches it. ultid may discover the issuer inside a container network
 * (`http://nginx/auth/…`), where an issuer that goes by the Host of the request (Authentik) names every endpoint by
 * that inner name, which no browser resolves. Browsers are sent to the same path on the host
 * - of the first of `acceptedIssuers`, when the operator lists them;
 * - of `publicUrl`, when the issuer's host is a bare name such as `nginx`;
 * - of the issuer's own name, otherwise.
 * Endpoints on a third host are left alone.
 */
export function browserAddress(
  endpoint: URL,
  /** The issuer's name for itself. */
  name: string,
  options: { issuer: string; acceptedIssuers: readonly string[]; publicUrl: string },
): URL {
  const origins = [name, options.issuer].map((address) => new URL(address).origin)
  if (!origins.includes(endpoint.origin)) return endpoint
  const outside = isBareName(new URL(name).hostname) ? options.publicUrl : name
  return new URL(onHostOf(options.acceptedIssuers[0] ?? outside, endpoint.href))
}

/** A name that only the resolver of a container network knows. */
const isBareName = (hostname: string): boolean => hostname !== 'localhost' && !/[.:]/.test(hostname)
