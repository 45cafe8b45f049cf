/** What a torrent's files are called, below its folder: as it says, laid out as its user chose, renamed since. */
import { join } from "node:path";
import { arrangeFiles, layoutFolder, type Metainfo } from "@torrential/core";
import type { TorrentRecord } from "../state/records.ts";

/** By file index. */
export function fileNames(
  metainfo: Pick<Metainfo, "files" | "name" | "isSingleFile">,
  { layout, renames }: Pick<TorrentRecord, "layout" | "renames">,
): readonly (readonly string[])[] {
  return arrangeFiles(metainfo, layout).map((path, file) => renames[file]?.split("/") ?? path);
}

/** The file of a torrent that has one, else the folder that holds them all. */
export function contentPathOf({ facts, currentFolder, layout, name, infoHash }: TorrentRecord): string {
  if (facts === undefined) return join(currentFolder, name ?? infoHash);
  const folder = layoutFolder(facts, layout);
  return join(currentFolder, ...(folder === undefined ? [] : [folder]), ...(facts.isSingleFile ? [facts.name] : []));
}
