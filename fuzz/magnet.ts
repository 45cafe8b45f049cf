/** A magnet link that parses can be written and read again. */
import { formatMagnet, fromLatin1, latin1, parseMagnet } from "@torrential/core";

const HASH = "0123456789abcdef0123456789abcdef01234567";

export const seeds: readonly Uint8Array[] = [
  `magnet:?xt=urn:btih:${HASH}&dn=a+name&tr=http%3A%2F%2Fa.example%2Fannounce&x.pe=192.0.2.1:6881&so=0,2-4`,
  `magnet:?xt=urn:btmh:1220${HASH}${HASH.slice(0, 24)}&ws=http%3A%2F%2Fa.example%2F`,
].map((text) => latin1(text));

export function fuzz(input: Uint8Array): void {
  const magnet = parseMagnet(fromLatin1(input));
  const again = parseMagnet(formatMagnet(magnet));
  if (JSON.stringify(again) !== JSON.stringify(magnet)) throw new Error("reads differently after it was written");
}
