/** How a torrent's files lie in the folder that they are downloaded to: as it says, or with its own folder made or left out. */
import { utf8 } from "../bytes.ts";
import type { InfoHash } from "../ids.ts";
import { makeSafePaths, type SafePath } from "../safe-path.ts";
import type { Metainfo } from "./metainfo.ts";

export type FileLayout =
  /** As the torrent says: a folder of its own for several files, none for a single one. */
  | "original"
  /** A single file has a folder too, named as the file is without its ending. */
  | "subfolder"
  /** Several files have no folder of their own. */
  | "no-subfolder";

/** By file index, below the download folder. */
export function arrangeFiles(
  { files, name, isSingleFile }: Pick<Metainfo, "files" | "name" | "isSingleFile">,
  layout: FileLayout = "original",
): readonly SafePath[] {
  if (layout === "subfolder" && isSingleFile) return toPaths(files.map(({ path }) => [stemOf(name), ...path]));
  if (layout === "no-subfolder" && !isSingleFile)
    return toPaths(files.map(({ path }) => (path.length > 1 ? path.slice(1) : path)));
  return files.map(({ path }) => path);
}

/** The folder that `arrangeFiles` puts all files into; undefined for none. */
export function layoutFolder(
  { name, isSingleFile }: Pick<Metainfo, "name" | "isSingleFile">,
  layout: FileLayout = "original",
): string | undefined {
  if (isSingleFile) return layout === "subfolder" ? stemOf(name) : undefined;
  return layout === "no-subfolder" ? undefined : name;
}

/** Where an unwanted file's shares of wanted pieces lie, below the download folder (docs/adr/0013). */
export function partPath(infoHash: InfoHash, file: number): readonly string[] {
  return [`.${infoHash}.parts`, String(file)];
}

/** A name without its ending, which is a safe path element like the whole. */
function stemOf(name: string): string {
  const stem = name.replace(/(?<=.)\.[^.]*$/, "");
  return /^\.*$/.test(stem) ? name : stem;
}

function toPaths(paths: readonly (readonly string[])[]): readonly SafePath[] {
  return makeSafePaths(paths.map((path) => path.map((element) => utf8(element))));
}
