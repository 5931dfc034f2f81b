/** What every answer bears. Answers are data: a browser that shows one runs and loads nothing. */
export const securityHeaders = ({ isTls }: { isTls: boolean }): readonly { name: string; value: string }[] => [
  // The reference page brings a policy of its own.
  { name: 'content-security-policy', value: "default-src 'none'; frame-ancestors 'none'" },
  { name: 'cross-origin-resource-policy', value: 'same-site' },
  { name: 'referrer-policy', value: 'no-referrer' },
  { name: 'x-content-type-options', value: 'nosniff' },
  ...(isTls ? [{ name: 'strict-transport-security', value: 'max-age=31536000; includeSubDomains' }] : []),
]
