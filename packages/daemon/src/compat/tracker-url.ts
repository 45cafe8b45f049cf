/** What may stand where an announce URL is wanted. */
const SCHEMES: ReadonlySet<string> = new Set(["http:", "https:", "udp:", "ws:", "wss:"]);

export function isTrackerUrl(url: string): boolean {
  return URL.canParse(url) && SCHEMES.has(new URL(url).protocol);
}
