/** Which files are wanted and how much: `files-wanted`, `priority-high` and their kin, on `torrent-add` and `torrent-set`. */
import type { FileView } from "../../service/torrent-view.ts";
import type { Arguments } from "./arguments.ts";
import { RpcError } from "./errors.ts";
import { type FilePriority, ourPriority } from "./file-facts.ts";

type Wish = FilePriority | "wanted" | "unwanted";

export interface FileWish {
  readonly wish: Wish;
  /** Positions among the files that are not padding; none means all files. */
  readonly positions: readonly number[];
}

/** In the order in which Transmission carries them out: what is wanted first. */
const NAMES: readonly (readonly [name: string, wish: Wish])[] = [
  ["files_unwanted", "unwanted"],
  ["files_wanted", "wanted"],
  ["priority_high", "high"],
  ["priority_low", "low"],
  ["priority_normal", "normal"],
];

export function readFileWishes(args: Arguments): readonly FileWish[] {
  return NAMES.flatMap(([name, wish]) => {
    const positions = args.ints(name);
    return positions === undefined ? [] : [{ wish, positions }];
  });
}

/** New priorities by file index. Throws RpcError for a position that is not there. */
export function toPriorities(files: readonly FileView[], wishes: readonly FileWish[]): ReadonlyMap<number, number> {
  const listed = files.filter(({ isPad }) => !isPad);
  const priorities = new Map(listed.map(({ index, priority }) => [index, priority]));
  for (const { wish, positions } of wishes) {
    for (const position of positions.length === 0 ? listed.keys() : positions) {
      const file = listed[position];
      if (file === undefined) throw new RpcError("file-index-out-of-range", "file index out of range");
      priorities.set(file.index, nextPriority(wish, priorities.get(file.index) ?? 0));
    }
  }
  return priorities;
}

/** The priority of an unwanted file is not kept: it stays unwanted. */
function nextPriority(wish: Wish, present: number): number {
  if (wish === "unwanted") return 0;
  if (wish === "wanted") return present === 0 ? ourPriority("normal") : present;
  return present === 0 ? 0 : ourPriority(wish);
}
