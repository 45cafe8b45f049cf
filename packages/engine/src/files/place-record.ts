/**
 * What must be remembered of a torrent's place over a crash: names that its user changed, and a move that is not done.
 * It is written, and known to be on disk, before a file changes its name; so whatever a crash leaves can be put right.
 */
import { BDict, type BInput, decodeBencode, encodeBencode, fromUtf8, TorrentialError } from "@torrential/core";

export interface PlaceRecord {
  /** Where the files are, or where a move takes them from. */
  readonly root: string;
  /** Where the user may still believe them: where finished moves took them from. */
  readonly formerRoots: readonly string[];
  /** Where a move that is not done takes them. */
  readonly movingTo: string | undefined;
  /** By file index, for files that are not named as the torrent says. */
  readonly names: ReadonlyMap<number, readonly string[]>;
  /** Names before a renaming that may not be done. */
  readonly formerNames: ReadonlyMap<number, readonly string[]>;
}

export function encodePlaceRecord(record: PlaceRecord): Uint8Array {
  return encodeBencode({
    root: record.root,
    "former roots": record.formerRoots,
    "moving to": record.movingTo,
    names: encodeNames(record.names),
    "former names": encodeNames(record.formerNames),
  });
}

/** Undefined for bytes that are no record. Names are as they were written: whoever uses them makes them safe again. */
export function decodePlaceRecord(bytes: Uint8Array): PlaceRecord | undefined {
  try {
    const dict = decodeBencode(bytes);
    if (!(dict instanceof BDict)) return undefined;
    const root = dict.getString("root");
    if (root === undefined) return undefined;
    return {
      root,
      formerRoots: (dict.getList("former roots") ?? [])
        .filter((root) => root instanceof Uint8Array)
        .map((root) => fromUtf8(root, { lossy: true })),
      movingTo: dict.getString("moving to"),
      names: decodeNames(dict, "names"),
      formerNames: decodeNames(dict, "former names"),
    };
  } catch (error) {
    if (error instanceof TorrentialError) return undefined;
    throw error;
  }
}

function encodeNames(names: ReadonlyMap<number, readonly string[]>): BInput {
  return Array.from(names, ([file, path]) => [file, path]);
}

function decodeNames(dict: BDict, key: string): ReadonlyMap<number, readonly string[]> {
  const names = new Map<number, readonly string[]>();
  for (const entry of dict.getList(key) ?? []) {
    if (!Array.isArray(entry)) continue;
    const [file, path] = entry;
    if (typeof file !== "number" || !Array.isArray(path)) continue;
    const elements = path.filter((element) => element instanceof Uint8Array);
    if (elements.length === path.length)
      names.set(
        file,
        elements.map((element) => fromUtf8(element, { lossy: true })),
      );
  }
  return names;
}
