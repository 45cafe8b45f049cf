/**
 * A piece that a peer has no more (BEP 54, `lt_donthave`): nothing of it is asked for there any longer.
 *
 * We never send it, because we lose no piece while somebody is connected: a recheck, a believed piece that proves false
 * when it is first asked for, and files that are gone or cannot be read end every connection; whoever comes back is told in
 * the bitfield what is left. A file that is no longer wanted keeps its pieces.
 */
import { PeerError } from "@torrential/protocol";
import type { PiecePicker } from "../picker/picker.ts";
import type { Downloads } from "../torrent/downloads.ts";
import type { PeerExtension } from "./extensions.ts";
import { updateInterest } from "./interest.ts";

export interface DontHaveDeps {
  readonly picker: PiecePicker;
  readonly downloads: Downloads;
  readonly pieceCount: number;
}

export function dontHaveExtension({ picker, downloads, pieceCount }: DontHaveDeps): PeerExtension {
  return {
    name: "lt_donthave",
    handleMessage(peer, payload, now) {
      if (payload.length !== 4)
        throw new PeerError("extended-invalid", `lt_donthave of ${payload.length} bytes, wanted 4`, { bep: 54 });
      const piece = new DataView(payload.buffer, payload.byteOffset).getUint32(0);
      if (piece >= pieceCount)
        throw new PeerError("piece-out-of-range", `piece ${piece}, the torrent has ${pieceCount}`, { bep: 54 });
      downloads.handleDontHave(peer, piece, now);
      updateInterest(peer, picker, now);
    },
  };
}
