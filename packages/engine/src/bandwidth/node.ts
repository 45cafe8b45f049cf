/** A level of the tree: the whole client, a group, a torrent, a peer. Made and changed by the service alone. */
export interface BandwidthNode {
  readonly name: string;
  /** Where it competes with its siblings. Undefined for the root. */
  readonly parent: BandwidthNode | undefined;
  /** Further groups whose limits bind it: by tag, tracker, LAN/WAN, transport. */
  readonly groups: readonly BandwidthNode[];
}

export interface NodeOptions {
  /** Share among its siblings, against their 1. More than 0; both directions. */
  readonly weight?: number;
  readonly groups?: readonly BandwidthNode[];
}
