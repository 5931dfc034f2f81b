import { onHostOf } from '#platform/auth/issuer.ts'

/**
 * An endpoint of the issuer as a browser reaches it. ultid may discover the issuer inside a container network
 * (`http://nginx/auth/…`), where an issuer that goes by the Host of the request (Authentik) names every endpoint by
 * that inner name, which no browser resolves. Browsers are sent to the same path on the host
 * - of the first of `acceptedIssuers`, when the operator lists them;
 * - of `publicUrl`, when the issuer's host is a bare name such as `nginx`;
 * - that the issuer itself names, otherwise.
 * Endpoints on another host than the issuer's are left alone.
 */
export function browserAddress(
  endpoint: URL,
  issuer: string,
  { acceptedIssuers, publicUrl }: { acceptedIssuers: readonly string[]; publicUrl: string },
): URL {
  if (endpoint.origin !== new URL(issuer).origin) return endpoint
  const [first] = acceptedIssuers
  if (first !== undefined) return new URL(onHostOf(first, endpoint.href))
  return isBareName(endpoint.hostname) ? new URL(onHostOf(publicUrl, endpoint.href)) : endpoint
}

/** A name that only the resolver of a container network knows. */
const isBareName = (hostname: string): boolean => hostname !== 'localhost' && !/[.:]/.test(hostname)
