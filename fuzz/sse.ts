/** Server-sent events read the same in one piece and cut in two. */
import { latin1, fromLatin1 } from "@torrential/core";
import { SseParser } from "@torrential/api";

export const seeds: readonly Uint8Array[] = [
  "id: 1\nevent: a\ndata: {}\n\n",
  ": hi\r\nretry: 2000\r\ndata: x\r\ndata: y\r\n\r\n",
  "data\rid\0: 1\r\rdata:  z\n\n",
].map((text) => latin1(text));

export function fuzz(input: Uint8Array): void {
  const text = fromLatin1(input);
  const whole = new SseParser().push(text);
  const cut = new SseParser();
  const middle = text.length >> 1;
  const parts = [...cut.push(text.slice(0, middle)), ...cut.push(text.slice(middle))];
  if (JSON.stringify(whole) !== JSON.stringify(parts)) throw new Error("reads differently when it comes in two pieces");
}
