/** Changing a torrent's trackers: a whole list, or one at a time as older clients do. */
import type { Service } from "../../service/service.ts";
import type { TrackerView } from "../../service/torrent-view.ts";
import type { Arguments } from "./arguments.ts";
import { RpcError } from "./errors.ts";
import { isTrackerUrl } from "../tracker-url.ts";

type Tiers = string[][];

export async function changeTrackers(infoHash: string, args: Arguments, service: Service): Promise<void> {
  const trackers = service.torrents.trackers(infoHash);
  const next = nextTiers(trackers, args);
  if (next !== undefined)
    await service.torrents.setTrackers(
      infoHash,
      next.filter((tier) => tier.length > 0),
    );
}

function nextTiers(trackers: readonly TrackerView[], args: Arguments): Tiers | undefined {
  const list = args.text("tracker_list");
  if (list !== undefined) return parseTrackerList(list);
  const added = args.texts("tracker_add");
  const removed = args.ints("tracker_remove");
  const replaced = args.raw("tracker_replace");
  if (added === undefined && removed === undefined && replaced === undefined) return undefined;
  const edit = new TrackerEdit(trackers);
  for (const url of added ?? []) edit.add(url);
  for (const id of removed ?? []) edit.remove(id);
  for (const [id, url] of pairs(replaced)) edit.replace(id, url);
  if (!edit.hasChanged) throw new RpcError("set-announce-list", "error setting announce list");
  return edit.tiers;
}

/** One URL a line, a blank line between tiers. */
export function parseTrackerList(text: string): Tiers {
  const tiers = text
    .split(/\r?\n\s*\r?\n/)
    .map((tier) =>
      tier
        .split(/\r?\n/)
        .map((line) => line.trim())
        .filter((line) => line !== ""),
    )
    .filter((tier) => tier.length > 0);
  if (!tiers.flat().every(isTrackerUrl)) throw new RpcError("invalid-tracker-list", "Invalid tracker list");
  return tiers;
}

class TrackerEdit {
  readonly #trackers: { readonly id: number; url: string; readonly tier: number }[];
  hasChanged = false;

  constructor(trackers: readonly TrackerView[]) {
    this.#trackers = trackers.map(({ id, url, tier }) => ({ id, url, tier }));
  }

  get tiers(): Tiers {
    const tiers = new Map<number, string[]>();
    for (const { url, tier } of this.#trackers) tiers.set(tier, [...(tiers.get(tier) ?? []), url]);
    return [...tiers.values()];
  }

  /** A tier of its own, behind the others. */
  add(url: string): void {
    if (!isTrackerUrl(url) || this.#trackers.some((each) => each.url === url)) return;
    const last = this.#trackers.reduce((most, { tier }) => Math.max(most, tier), -1);
    this.#trackers.push({ id: -1, url, tier: last + 1 });
    this.hasChanged = true;
  }

  remove(id: number): void {
    const index = this.#trackers.findIndex((each) => each.id === id);
    if (index < 0) return;
    this.#trackers.splice(index, 1);
    this.hasChanged = true;
  }

  replace(id: number, url: string): void {
    const tracker = this.#trackers.find((each) => each.id === id);
    if (tracker === undefined || !isTrackerUrl(url) || tracker.url === url) return;
    tracker.url = url;
    this.hasChanged = true;
  }
}

/** `[id, url, id, url, ...]`; what does not fit ends it. */
function pairs(value: unknown): [number, string][] {
  const found: [number, string][] = [];
  if (!Array.isArray(value)) return found;
  for (let index = 0; index + 1 < value.length; index += 2) {
    const [id, url] = [value[index] as unknown, value[index + 1] as unknown];
    if (typeof id !== "number" || typeof url !== "string") break;
    found.push([id, url]);
  }
  return found;
}
