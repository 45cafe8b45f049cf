/** Takes out of a text what would let its reader act as the user (PROMISES C8). */
import { redactUrl } from "@torrential/node";

const URL_IN_TEXT = /\b(?:https?|udp|wss?):\/\/[^\s"'<>\\]+/gi;
/** Tracker URLs inside magnet links are percent-encoded. */
const MAGNET_TRACKER = /([?&](?:tr|ws|xs|as)(?:\.\d+)?=)[^&\s"'<>]+/gi;
const OUR_TOKENS = /\btr[rt]_[A-Za-z0-9_-]{20,}/g;
const SECRET_HEADERS =
  /\b((?:proxy-)?authorization|(?:set-)?cookie|x-transmission-session-id)(["']?\s*[:=]\s*["']?)[^\r\n"']+/gi;
const SECRET_PAIRS =
  /\b(pass(?:word|key|phrase)?|torrent_pass|authkey|api_?key|token|secret)(["']?\s*[:=]\s*["']?)[^\s&"',;]+/gi;

export function redactText(text: string): string {
  return text
    .replaceAll(MAGNET_TRACKER, "$1…")
    .replaceAll(URL_IN_TEXT, redactUrlInText)
    .replaceAll(OUR_TOKENS, "[token]")
    .replaceAll(SECRET_HEADERS, "$1$2[redacted]")
    .replaceAll(SECRET_PAIRS, "$1$2[redacted]");
}

/** What ends a sentence or closes a bracket behind a URL is none of it: with it, a passkey would not look like one. */
function redactUrlInText(found: string): string {
  const url = found.replace(/[.,:;!?)\]}|]+$/, "");
  return redactUrl(url) + found.slice(url.length);
}

const SECRET_KEY = /password|passwd|secret|token|cookie|authorization|passkey/i;
const DEPTH_MAX = 6;

/** The same for a value that is logged beside a message. */
export function redactValue(value: unknown, depth = 0): unknown {
  if (typeof value === "string") return redactText(value);
  if (value instanceof Error)
    return { name: value.name, message: redactText(value.message), stack: redactText(value.stack ?? "") };
  if (typeof value !== "object" || value === null) return value;
  if (depth >= DEPTH_MAX) return "[deep]";
  if (Array.isArray(value)) return value.map((item) => redactValue(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      SECRET_KEY.test(key) ? "[redacted]" : redactValue(inner, depth + 1),
    ]),
  );
}
