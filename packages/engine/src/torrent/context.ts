/** What the parts of one torrent share: its shape, and the few things of the session that they use. */
import type { FileMap, Geometry, InfoHash, Metainfo, PeerId } from "@torrential/core";
import type { Limits } from "../bandwidth/limits.ts";
import type { BandwidthService } from "../bandwidth/service.ts";
import type { Outlet } from "../outbox.ts";
import type { StoreId } from "../ports/disk.ts";
import type { Random } from "../ports/machine.ts";
import type { ExternalAddresses } from "../session/external-address.ts";
import type { SessionOutput } from "../session/outputs.ts";
import type { ReadCache } from "../storage/read-cache.ts";
import type { Slab } from "../storage/slab.ts";
import type { SessionBans } from "../swarm/session-bans.ts";

export interface TorrentContext {
  readonly infoHash: InfoHash;
  /** Our own. */
  readonly peerId: PeerId;
  readonly metainfo: Metainfo;
  readonly geometry: Geometry;
  readonly fileMap: FileMap;
  readonly store: StoreId;
  readonly out: Outlet<SessionOutput>;
  readonly slab: Slab;
  readonly cache: ReadCache;
  readonly bandwidth: BandwidthService;
  /** Where peers get their place on the tree of limits. */
  readonly limits: Limits;
  readonly random: Random;
  /** Peers of a torrent that has no number of its own. */
  readonly peersMax: number;
  /** Who is kept out of every torrent. */
  readonly sessionBans: SessionBans;
  /** What our addresses are, as others see them; whoever is told of one votes here. */
  readonly externalAddresses: ExternalAddresses;
  /** Address families that trackers are announced to over. */
  readonly families: readonly (4 | 6)[];
  /** The session is in the DHT, and this torrent may use it (BEP 27: private ones may not). */
  readonly usesDht: boolean;
  /** Numbers for disk jobs and requests; one sequence for the session, so that answers find their way. */
  readonly nextId: () => number;
  /** Like `nextId`, for an announce: its answer comes back to this torrent. */
  readonly nextAnnounceId: () => number;
  /** Like `nextId`, for a record whose being on disk this torrent waits for. */
  readonly nextSaveId: () => number;
}
