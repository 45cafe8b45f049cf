/** What a user drops, pastes or types, as sources that can be added. */
import type { AddSource } from "@torrential/api";

/** 10 MiB: what the daemon takes. */
const FILE_BYTES_MAX = 10_485_760;

export interface NamedSource {
  readonly name: string;
  readonly source: AddSource;
}

/** Lines that are magnet links, URLs or bare info-hashes; others are left out. */
export function parseLinks(text: string): readonly NamedSource[] {
  return text
    .split(/\s+/)
    .filter((line) => line !== "")
    .flatMap((line): NamedSource[] => {
      if (/^magnet:\?/i.test(line)) return [{ name: magnetName(line), source: { type: "magnet", uri: line } }];
      if (/^([0-9a-f]{40}|[a-z2-7]{32})$/i.test(line)) return [{ name: line, source: { type: "magnet", uri: line } }];
      if (/^https?:\/\//i.test(line) && URL.canParse(line)) return [{ name: line, source: { type: "url", url: line } }];
      return [];
    });
}

function magnetName(uri: string): string {
  return new URLSearchParams(uri.slice(uri.indexOf("?") + 1)).get("dn") ?? uri;
}

/** Throws when a file is larger than any torrent may be. */
export async function readFiles(files: Iterable<File>): Promise<readonly NamedSource[]> {
  const sources: NamedSource[] = [];
  for (const file of files) {
    if (file.size > FILE_BYTES_MAX) throw new Error(`${file.name}: ${file.size} bytes, at most ${FILE_BYTES_MAX}`);
    const base64 = toBase64(new Uint8Array(await file.arrayBuffer()));
    sources.push({ name: file.name, source: { type: "file", base64 } });
  }
  return sources;
}

function toBase64(bytes: Uint8Array): string {
  let binary = "";
  for (let at = 0; at < bytes.length; at += 0x8000) binary += String.fromCodePoint(...bytes.subarray(at, at + 0x8000));
  return btoa(binary);
}
