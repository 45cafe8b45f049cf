/**
 * The two spellings of Transmission's RPC. Inside, every name is in the snake_case of its JSON-RPC form (Transmission
 * 4.1); the classic form has camelCase for torrents and kebab-case for sessions, with exceptions that clients rely on.
 */

const IRREGULAR: ReadonlyMap<string, string> = new Map([
  ["isUTP", "is_utp"],
  ["cache-size-mb", "cache_size_mib"],
]);
/** Snake_case in the classic form too: they came after the decision for it. */
const SNAKE_IN_CLASSIC: ReadonlySet<string> = new Set([
  "begin_piece",
  "downloader_count",
  "end_piece",
  "ip_protocol",
  "preferred_transports",
  "sequential_download",
  "sequential_download_from_piece",
  "total_size",
  "webseeds_ex",
]);
/** In sessions and groups, where the rest is kebab-case. */
const CAMEL_AMONG_KEBAB: ReadonlySet<string> = new Set([
  "seed_ratio_limit",
  "seed_ratio_limited",
  "honors_session_limits",
]);

/** `peer-limit`, `peerLimit` and `peer_limit` are all `peer_limit`. */
export function canonicalName(name: string): string {
  return (
    IRREGULAR.get(name) ??
    name
      .replaceAll("-", "_")
      .replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2")
      .toLowerCase()
  );
}

export type Spelling = (canonical: string) => string;

/** As classic torrents, peers, files and trackers have it. */
export const camel: Spelling = (name) => {
  if (SNAKE_IN_CLASSIC.has(name)) return name;
  if (name === "is_utp") return "isUTP";
  return name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
};

/** As classic sessions, groups and answers have it. */
export const kebab: Spelling = (name) => {
  if (SNAKE_IN_CLASSIC.has(name) && name !== "total_size") return name;
  if (name === "cache_size_mib") return "cache-size-mb";
  return CAMEL_AMONG_KEBAB.has(name) ? camel(name) : name.replaceAll("_", "-");
};

/** JSON-RPC: names stay as they are. */
export const snake: Spelling = (name) => name;

/** The same value with every name in it spelled anew. */
export function respell(value: unknown, spelling: Spelling): unknown {
  if (Array.isArray(value)) return value.map((each) => respell(each, spelling));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [spelling(name), respell(inner, spelling)]));
}
