/** A mark for each client that peers may use, as one knows it from its icon: letters on its color. No data of others. */
export interface ClientBrand {
  /** One or two letters. */
  readonly letters: string;
  /** "#rrggbb"; white stands on it with a contrast of 4.5 or more. */
  readonly color: string;
}

/** By how a client's name begins; longer beginnings first where one begins another. */
const BRANDS: readonly (readonly [name: string, letters: string, color: string])[] = [
  ["torrential", "T", "#0f6f68"],
  ["qbittorrent", "qB", "#2f67ba"],
  ["transmission", "Tr", "#b3261e"],
  ["libtorrent", "lt", "#5b4b8a"],
  ["rakshasa", "rT", "#444b54"],
  ["rtorrent", "rT", "#444b54"],
  ["deluge", "De", "#24508f"],
  ["µtorrent", "µT", "#2b7a2f"],
  ["utorrent", "µT", "#2b7a2f"],
  ["bittorrent", "BT", "#5a2ca0"],
  ["biglybt", "Bi", "#0b6aa2"],
  ["azureus", "Az", "#1f5fa8"],
  ["vuze", "Vz", "#1f5fa8"],
  ["aria2", "a2", "#7a4b00"],
  ["webtorrent", "WT", "#b3312f"],
  ["anacrolix", "an", "#00677d"],
  ["rqbit", "rq", "#8a3b12"],
  ["tixati", "Tx", "#5f4a8b"],
  ["ktorrent", "KT", "#1d6c9a"],
  ["xunlei", "Xu", "#146bb8"],
  ["thunder", "Xu", "#146bb8"],
  ["bitcomet", "BC", "#8f4a00"],
  ["folx", "Fx", "#2d6e3e"],
];
const UNKNOWN_COLOR = "#5c6773";

export function brandOf(client: string): ClientBrand {
  const name = client.toLowerCase().replaceAll("μ", "µ");
  const known = BRANDS.find(([beginning]) => name.startsWith(beginning));
  if (known !== undefined) return { letters: known[1], color: known[2] };
  const letters = client
    .match(/[\p{L}\p{N}]/gu)
    ?.slice(0, 2)
    .join("");
  return { letters: letters ?? "?", color: UNKNOWN_COLOR };
}
