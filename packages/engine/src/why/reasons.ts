/** Why a torrent, or one of its peers, is no faster: one reason at a time, for each direction. */

export type WhyReason = DownReason | UpReason;

/** What keeps more from coming in. Of a peer and of a torrent, but where it says otherwise. */
export type DownReason =
  /** Of a torrent: it has not begun, or was stopped. */
  | "stopped"
  | "checking"
  /** Of a torrent: a magnet link's peers have not told yet what it is. */
  | "metadata"
  | "disk-error"
  /** All that is wanted is here. */
  | "complete"
  | "no-peers"
  /** Nobody, or not this peer, has anything of what is missing. */
  | "not-had"
  | "choked"
  /** A rate limit; `level` says which. */
  | "ticket"
  /** Payload memory is full: the disk is behind, or too many pieces are open. */
  | "no-room"
  /** All that it has is asked of others. */
  | "all-requested"
  /** As much is asked for as the peer takes, or as the window has grown to, and the path is longer than that. */
  | "window"
  /** It was asked, and does not answer. */
  | "snubbed"
  /** Enough is asked for: the peer, or the path to it, gives no more. */
  | "peer-rate";

/** What keeps more from going out. */
export type UpReason =
  | "stopped"
  | "checking"
  | "metadata"
  | "disk-error"
  /** We have nothing yet. */
  | "nothing-here"
  | "no-peers"
  | "not-interested"
  /** Upload slots are taken by others. */
  | "slots"
  /** It may ask, and does not. */
  | "not-asked"
  | "ticket"
  /** What was asked for is being read, or there is no memory to read it into. */
  | "disk-read"
  | "peer-rate";

/** The levels of the bandwidth tree, as people see them; a group by its name. */
export type WhyLevel = "global" | "torrent" | "peer" | `group ${string}`;
