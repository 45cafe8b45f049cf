/** Rows of lists as JSON, each written once for as long as its torrent stays as it is. */
import type { TorrentField } from "@torrential/api";
import type { TorrentView } from "../service/torrent-view.ts";
import { toRow } from "./list-query.ts";

interface Written {
  /** Which fields, "" for all. */
  readonly key: string;
  readonly text: string;
}

export class RowTexts {
  /** Views are made anew when anything of them changes. Of each the latest choice of fields is kept. */
  readonly #written = new WeakMap<TorrentView, Written>();

  /** A JSON array. */
  write(torrents: readonly TorrentView[], fields: readonly TorrentField[] | undefined): string {
    const key = fields?.join() ?? "";
    return `[${torrents.map((torrent) => this.#row(torrent, fields, key)).join(",")}]`;
  }

  #row(torrent: TorrentView, fields: readonly TorrentField[] | undefined, key: string): string {
    const known = this.#written.get(torrent);
    if (known?.key === key) return known.text;
    const text = JSON.stringify(toRow(torrent, fields));
    this.#written.set(torrent, { key, text });
    return text;
  }
}
