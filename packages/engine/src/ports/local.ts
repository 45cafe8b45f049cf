/** What the engine asks of whoever looks for peers among the neighbours (BEP 14): they come back as `add-peers`. */
import type { InfoHash } from "@torrential/core";

export type LocalCommand =
  /** The torrent is there: neighbours may know, and those that have it are wanted. Never for a private torrent (BEP 27). */
  | { readonly type: "local-join"; readonly infoHash: InfoHash }
  | { readonly type: "local-leave"; readonly infoHash: InfoHash };
