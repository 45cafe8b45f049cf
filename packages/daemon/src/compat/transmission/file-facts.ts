/** Files as Transmission lists them: no pad files, three priorities, and wanted or not beside them. */
import { contentTypeOf } from "@torrential/node";
import type { Service } from "../../service/service.ts";
import type { FileView } from "../../service/torrent-view.ts";

/** Our scale is 0 for unwanted, then 1 to 7 with 4 as normal. */
const OUR_PRIORITY = { low: 1, normal: 4, high: 7 } as const;

export type FilePriority = keyof typeof OUR_PRIORITY;

export function listFiles(service: Service, infoHash: string): readonly FileView[] {
  return service.torrents.files(infoHash).filter(({ isPad }) => !isPad);
}

/** -1 low, 0 normal, 1 high. Unwanted files have forgotten theirs and are normal. */
export function priorityOf({ priority }: FileView): number {
  return priority === 0 ? 0 : Math.sign(priority - OUR_PRIORITY.normal);
}

export function ourPriority(priority: FilePriority): number {
  return OUR_PRIORITY[priority];
}

/** Of the most bytes. */
export function primaryMimeType(files: readonly FileView[]): string {
  const sizes = new Map<string, number>();
  for (const { path, sizeBytes } of files) {
    const type = contentTypeOf(path);
    sizes.set(type, (sizes.get(type) ?? 0) + sizeBytes);
  }
  let best = "application/octet-stream";
  let most = -1;
  for (const [type, size] of sizes) if (size > most) [best, most] = [type, size];
  return best;
}
