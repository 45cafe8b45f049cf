/** Which torrents people mean: an id, an info-hash or its beginning, or words of the name. */
import type { ApiClient } from "@torrential/api";
import { TorrentialError } from "@torrential/core";
import { toLine } from "../text.ts";

const HASH_PREFIX_MIN = 6;
const CANDIDATES_SHOWN = 5;

interface Candidate {
  readonly id: number;
  readonly infoHash: string;
  readonly name?: string;
}

/** Info-hashes or ids, in order, each once. Throws "torrent-unknown" or "torrent-ambiguous". */
export async function resolveTorrents(client: ApiClient, texts: readonly string[]): Promise<string[]> {
  let all: readonly Candidate[] | undefined;
  const found: string[] = [];
  for (const text of texts) {
    if (/^\d{1,9}$/.test(text) || /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/i.test(text)) {
      found.push(text.toLowerCase());
      continue;
    }
    all ??= await listTorrents(client);
    found.push(matchTorrent(all, text).infoHash);
  }
  return [...new Set(found)];
}

export async function resolveTorrent(client: ApiClient, text: string): Promise<string> {
  const [ref = text] = await resolveTorrents(client, [text]);
  return ref;
}

/** The one torrent that `text` can mean. */
export function matchTorrent(all: readonly Candidate[], text: string): Candidate {
  const wanted = text.toLowerCase();
  const isPrefix = new RegExp(`^[0-9a-f]{${HASH_PREFIX_MIN},}$`).test(wanted);
  const byHash = isPrefix ? all.filter(({ infoHash }) => infoHash.startsWith(wanted)) : [];
  const exact = all.filter(({ name }) => name === text);
  const words = wanted.split(/\s+/);
  const byName = all.filter(({ name = "" }) => words.every((word) => name.toLowerCase().includes(word)));
  const matches = [byHash, exact, byName].find((each) => each.length > 0) ?? [];
  const [only] = matches;
  if (only === undefined)
    throw new TorrentialError(
      "torrent-unknown",
      `no torrent fits ${JSON.stringify(text)}, wanted a number, ${HASH_PREFIX_MIN} digits or more of an info-hash, or words of a name`,
    );
  if (matches.length === 1) return only;
  const shown = matches.slice(0, CANDIDATES_SHOWN).map(({ id, name = "" }) => `${id} ${toLine(name)}`);
  const rest = matches.length > CANDIDATES_SHOWN ? `, and ${matches.length - CANDIDATES_SHOWN} more` : "";
  throw new TorrentialError(
    "torrent-ambiguous",
    `${JSON.stringify(text)} fits ${matches.length} torrents: ${shown.join(", ")}${rest}; give the number`,
  );
}

/** Each torrent of the daemon, with its name where it has one. */
export async function listTorrents(client: ApiClient): Promise<readonly Candidate[]> {
  const all: Candidate[] = [];
  let cursor: string | undefined;
  do {
    const page = await client.call("listTorrents", {
      query: { fields: ["name"], limit: 10_000, ...(cursor === undefined ? {} : { cursor }) },
    });
    all.push(...page.torrents);
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return all;
}
