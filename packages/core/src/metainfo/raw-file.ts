/** A file as written in an info dictionary, of either version, before its name is made safe. */
import type { BDict } from "../bencode/value.ts";
import { invalid, needInt, optionalByteStrings } from "./fields.ts";

export interface RawFile {
  /** Below the torrent's folder; empty for a single file and for pad files. */
  readonly path: readonly Uint8Array[];
  readonly lengthBytes: number;
  readonly isPad: boolean;
  readonly isExecutable: boolean;
  readonly isHidden: boolean;
  readonly symlink: readonly Uint8Array[] | undefined;
  readonly piecesRoot: string | undefined;
}

/** Most bytes of one file: what a number holds exactly. */
const FILE_LENGTH_MAX = Number.MAX_SAFE_INTEGER;

/** What v1 and v2 entries share: length, and BEP 47's attributes. `what` names the entry in errors. */
export function readRawFile(dict: BDict, what: string, path: readonly Uint8Array[]): RawFile {
  const attr = dict.get("attr");
  // Letters in any order, unknown ones to be ignored.
  const flags = attr instanceof Uint8Array ? attr : new Uint8Array(0);
  const isLink = flags.includes(ATTRIBUTE.link);
  // BEP 47: a link has no bytes of its own, and its length may be left out.
  const lengthBytes = isLink ? 0 : needInt(dict, "length", { min: 0, max: FILE_LENGTH_MAX }, `length of ${what}`);
  return {
    path,
    lengthBytes,
    isPad: flags.includes(ATTRIBUTE.pad) && !isLink,
    isExecutable: flags.includes(ATTRIBUTE.executable),
    isHidden: flags.includes(ATTRIBUTE.hidden),
    symlink: isLink ? optionalByteStrings(dict.get("symlink path")) : undefined,
    piecesRoot: undefined,
  };
}

const ATTRIBUTE = { link: 0x6c, executable: 0x78, hidden: 0x68, pad: 0x70 } as const;

/** The sum of the lengths. Throws when it cannot be held exactly. */
export function totalLength(files: readonly RawFile[]): number {
  let total = 0;
  for (const file of files) total += file.lengthBytes;
  if (!Number.isSafeInteger(total)) throw invalid("total length", `got ${total}, wanted at most 2^53-1`);
  return total;
}
