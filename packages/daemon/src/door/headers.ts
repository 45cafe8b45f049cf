/** Headers of every answer (PROMISES C1, C6). */

/** Nothing but our own files, nothing in frames, no script that was not served as one. */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "media-src 'self'",
  "font-src 'self'",
  "manifest-src 'self'",
  "worker-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join("; ");

/**
 * For pages of others, which the owner of the machine chose: they write styles as they run, have fonts inside of styles
 * (VueTorrent), and know no trusted types.
 * Scripts are still files of ours alone, and nobody else is asked anything.
 */
export const OTHER_PAGE_POLICY: string = PAGE_POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
  .replace("img-src 'self' data:", "img-src 'self' data: blob:")
  .replace("font-src 'self'", "font-src 'self' data:")
  .replace("; require-trusted-types-for 'script'", "");

export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy": PAGE_POLICY,
  "x-frame-options": "DENY",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
};

/** For a page of a configured origin, and nobody else. */
export function corsHeaders(origin: string): Readonly<Record<string, string>> {
  return {
    "access-control-allow-origin": origin,
    "access-control-allow-credentials": "true",
    "access-control-expose-headers": "etag, content-disposition, content-range, retry-after",
    "cross-origin-resource-policy": "cross-origin",
    vary: "origin",
  };
}

export const PREFLIGHT_HEADERS: Readonly<Record<string, string>> = {
  "access-control-allow-methods": "GET, POST, PUT, PATCH, DELETE",
  "access-control-allow-headers": "authorization, content-type, idempotency-key, if-match, last-event-id",
  "access-control-max-age": "600",
};
