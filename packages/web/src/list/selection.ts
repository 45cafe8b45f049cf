/**
 * Which torrents are chosen. "All" is a promise about the filter, not a list of hashes: ten thousand need no names to be
 * stopped together.
 */
import type { TorrentFilterQuery } from "@torrential/api";

export interface Selection {
  /** Every torrent that passes the present filter. */
  readonly isAll: boolean;
  readonly hashes: ReadonlySet<string>;
  /** Where a range begins, and where the keyboard is: places in the list. */
  readonly anchor: number;
  readonly cursor: number;
}

export const NOTHING_SELECTED: Selection = { isAll: false, hashes: new Set(), anchor: -1, cursor: -1 };

export interface Place {
  readonly index: number;
  readonly infoHash: string;
}

export function selectOne({ index, infoHash }: Place): Selection {
  return { isAll: false, hashes: new Set([infoHash]), anchor: index, cursor: index };
}

/** Ctrl and a click: in or out. */
export function toggleOne(selection: Selection, { index, infoHash }: Place): Selection {
  const hashes = new Set(selection.hashes);
  if (!hashes.delete(infoHash)) hashes.add(infoHash);
  return { isAll: false, hashes, anchor: index, cursor: index };
}

/** Shift: everything between the anchor and here. */
export function selectRange(selection: Selection, to: number, hashes: readonly string[]): Selection {
  return { isAll: false, hashes: new Set(hashes), anchor: selection.anchor < 0 ? to : selection.anchor, cursor: to };
}

export function selectAll(selection: Selection): Selection {
  return { ...selection, isAll: true, hashes: new Set() };
}

export function isSelected(selection: Selection, infoHash: string): boolean {
  return selection.isAll || selection.hashes.has(infoHash);
}

export function countSelected(selection: Selection, total: number): number {
  return selection.isAll ? total : selection.hashes.size;
}

/** What a bulk action is told. */
export function targetOf(
  selection: Selection,
  filter: TorrentFilterQuery,
): { readonly refs: readonly string[] } | { readonly filter: TorrentFilterQuery } {
  return selection.isAll ? { filter } : { refs: [...selection.hashes] };
}
