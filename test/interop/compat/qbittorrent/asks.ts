/** How qBittorrent is asked: parameters in the query of a read, in the form of a write. */
import type { Fixture } from "../../../support/fixtures.ts";
import type { Side, Step } from "../conversation.ts";

export type Fields = Readonly<Record<string, string>>;
export type Rows = readonly Readonly<Record<string, unknown>>[];

export const MAGNET_HASH = "00112233445566778899aabbccddeeff00112233";
export const MAGNET: string = `magnet:?xt=urn:btih:${MAGNET_HASH}&dn=later`;
/** A hash that nobody has. */
export const UNKNOWN: string = "0".repeat(40);

/** A read; its values are compared where it is said so. */
export function get(name: string, path: string, query: Fields = {}, more: Partial<Step> = {}): Step {
  const text = new URLSearchParams(query).toString();
  return { name, ask: () => ({ path: text === "" ? path : `${path}?${text}` }), ...more };
}

export function post(
  name: string,
  path: string,
  form: Fields | ((side: Side) => Fields) = {},
  more: Partial<Step> = {},
): Step {
  return {
    name,
    ask: (side) => ({ path, body: new URLSearchParams(typeof form === "function" ? form(side) : form) }),
    ...more,
  };
}

export const same = (answer: unknown): unknown => answer;

export function rowsOf(answer: unknown): Rows {
  return answer as Rows;
}

export function pick(...names: readonly string[]): (answer: unknown) => unknown {
  return (answer) => rowsOf(answer).map((row) => Object.fromEntries(names.map((name) => [name, row[name]])));
}

export function addFile({ name, torrentBytes }: Fixture, fields: Fields = {}, label = `add ${name}`): Step {
  return {
    name: label,
    values: same,
    ask: ({ saveDir }) => {
      const form = new FormData();
      form.set("savepath", saveDir);
      for (const [key, value] of Object.entries(fields)) form.set(key, value);
      form.set("torrents", new Blob([Uint8Array.from(torrentBytes)]), `${name}.torrent`);
      return { path: "torrents/add", body: form };
    },
  };
}
