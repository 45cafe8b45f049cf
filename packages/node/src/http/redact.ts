/** URLs for logs, errors and screens: without what lets others act as the user (PROMISES C8). */

/** A passkey as trackers put it into paths: long, or with a digit in it. Names of files have a dot. */
const PASSKEY = /^(?:[\w~%+=-]{20,}|(?=.*\d)[\w~%+=-]{8,})$/;

/**
 * The URL without userinfo and query values; path elements that look like a passkey are left out too, and what an announce
 * or a scrape adds to a tracker's own query.
 */
export function redactUrl(text: string): string {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return "(unreadable URL)";
  }
  const path = url.pathname
    .split("/")
    .map((element) => (PASSKEY.test(element) ? "…" : element))
    .join("/");
  const keys = [...url.searchParams.keys()];
  const added = keys.indexOf("info_hash");
  const shown = keys.slice(0, added === -1 ? undefined : added).map((key) => `${encodeURIComponent(key)}=…`);
  return `${url.protocol}//${url.host}${path}${shown.length === 0 ? "" : `?${shown.join("&")}`}`;
}
