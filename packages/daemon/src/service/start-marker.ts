/**
 * Which torrents the engine is taking in just now, in a file (PROMISES C23). If the process dies, the next start takes
 * those in one by one; one that it died on alone, three times, is poison and stays out.
 */
import { closeSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";

const MARKER_NAME = "loading";
/** A kill from outside may hit the same torrent twice by chance. */
const DEATHS_MAX = 3;
const LINE = /^([0-9a-f]{40}) (\d+)$/;

export class StartMarker {
  readonly #path: string;
  /** Deaths so far, by info-hash: those of the last start that did not come through. */
  readonly #deaths: ReadonlyMap<string, number>;
  readonly #loading = new Map<string, number>();

  #fd: number | undefined;
  /** Of the longest text since the file was made; the rest of it is empty lines. */
  #lengthBytes = 0;

  constructor(folder: string) {
    this.#path = join(folder, MARKER_NAME);
    this.#deaths = readMarker(this.#path);
  }

  /** It was being taken in when the process died: to be taken in alone. */
  isSuspect(infoHash: string): boolean {
    return this.#deaths.has(infoHash);
  }

  isPoison(infoHash: string): boolean {
    return (this.#deaths.get(infoHash) ?? 0) >= DEATHS_MAX;
  }

  add(infoHash: string): void {
    this.#loading.set(infoHash, this.#deaths.get(infoHash) ?? 0);
  }

  delete(infoHash: string): void {
    this.#loading.delete(infoHash);
  }

  /** Writes what is being taken in. Deaths count for one that is alone. */
  save(): void {
    const isAlone = this.#loading.size === 1;
    const lines = [...this.#loading].map(([infoHash, deaths]) => `${infoHash} ${isAlone ? deaths + 1 : deaths}`);
    try {
      if (lines.length === 0) this.#remove();
      else this.#write(lines.join("\n"));
    } catch {
      // A full disk: the marker protects the next start, it must not break this one.
      return;
    }
  }

  /** Over what was there, in one write: opening or cutting a file twenty thousand times takes half a minute. */
  #write(text: string): void {
    this.#fd ??= openSync(this.#path, "w+", 0o600);
    this.#lengthBytes = Math.max(this.#lengthBytes, text.length);
    writeSync(this.#fd, text.padEnd(this.#lengthBytes, "\n"), 0);
  }

  #remove(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
    this.#lengthBytes = 0;
    rmSync(this.#path, { force: true });
  }
}

function readMarker(path: string): ReadonlyMap<string, number> {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    // None: the last start came through.
    return new Map();
  }
  const deaths = new Map<string, number>();
  for (const line of text.split("\n")) {
    const [, infoHash, count] = LINE.exec(line) ?? [];
    if (infoHash !== undefined) deaths.set(infoHash, Number(count));
  }
  return deaths;
}
