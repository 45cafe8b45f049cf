/** Where a page of a list ended. */
import type { TorrentView } from "../service/torrent-view.ts";
import { ApiProblem } from "./problems.ts";

/** The last torrent of a page, and how many were before its end: torrents come and go between two pages. */
export interface Cursor {
  readonly id: number;
  readonly offset: number;
}

export function encodeCursor({ id, offset }: Cursor): string {
  return Buffer.from(`${id}:${offset}`).toString("base64url");
}

/** Throws "invalid". */
export function decodeCursor(text: string): Cursor {
  const match = /^(\d{1,15}):(\d{1,15})$/.exec(Buffer.from(text, "base64url").toString("latin1"));
  if (match === null) throw new ApiProblem("invalid", "cursor: not one that a page gave");
  return { id: Number(match[1]), offset: Number(match[2]) };
}

/** Behind the torrent that the page before ended with, wherever it stands now; where it is gone, where it stood. */
export function findStart(torrents: readonly TorrentView[], { id, offset }: Cursor): number {
  if (torrents[offset - 1]?.id === id) return offset;
  const found = torrents.findIndex((torrent) => torrent.id === id);
  return found === -1 ? Math.min(offset, torrents.length) : found + 1;
}
