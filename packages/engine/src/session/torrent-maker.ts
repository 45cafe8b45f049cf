/** Makes torrents: gives each its place on the tree of limits and the parts of the session that it works with. */
import { type InfoHash, magnetInfoHash, swarmHashes } from "@torrential/core";
import type { BandwidthNode } from "../bandwidth/node.ts";
import type { Limits } from "../bandwidth/limits.ts";
import type { DormantTorrent } from "../dormant/dormant-torrent.ts";
import { type Handover, type PendingContext, PendingTorrent } from "../metadata/pending-torrent.ts";
import type { Outlet } from "../outbox.ts";
import type { Millis } from "../ports/machine.ts";
import type { ReadCache } from "../storage/read-cache.ts";
import type { Slab } from "../storage/slab.ts";
import type { SessionBans } from "../swarm/session-bans.ts";
import { shapeOf } from "../torrent/shape.ts";
import { Torrent } from "../torrent/torrent.ts";
import { PEERS_MAX } from "../swarm/admission.ts";
import type { AddMagnetOptions, AddOptions } from "./commands.ts";
import type { ExternalAddresses } from "./external-address.ts";
import { makeTorrentNode } from "./limit-commands.ts";
import type { Members } from "./members.ts";
import type { SessionOptions } from "./options.ts";
import type { SessionOutput } from "./outputs.ts";

/** A torrent must be able to have a few pieces open at once, however large they are. */
const OPEN_PIECES_MIN = 4;

export interface TorrentMakerDeps {
  readonly members: Members;
  readonly out: Outlet<SessionOutput>;
  readonly slab: Slab;
  readonly cache: ReadCache;
  readonly limits: Limits;
  readonly externalAddresses: ExternalAddresses;
  readonly sessionBans: SessionBans;
  readonly nextId: () => number;
  readonly listenPort: () => number;
}

export class TorrentMaker {
  readonly #options: SessionOptions;
  readonly #deps: TorrentMakerDeps;

  constructor(options: SessionOptions, deps: TorrentMakerDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  /** Undefined when it is there already, or has no info-hash that we can use. */
  add(add: AddOptions, now: Millis): Torrent | undefined {
    const { metainfo, trackers = metainfo.trackers } = add;
    const { infoHash = metainfo.infoHashV1 } = add;
    if (infoHash === undefined || metainfo.infoHashV1 === undefined) return undefined;
    if (this.#deps.members.find(swarmHashes(metainfo)) !== undefined) return undefined;
    const node = makeTorrentNode(this.#deps.limits, metainfo.name, trackers, add, now);
    return this.#make({ add, infoHash, node, handover: undefined }, now);
  }

  /** Undefined when it is there already. */
  addMagnet(add: AddMagnetOptions, now: Millis): PendingTorrent | undefined {
    const { members, limits, slab, listenPort } = this.#deps;
    const { magnet, trackers = magnet.trackers } = add;
    const infoHash = magnetInfoHash(magnet);
    if (members.find(swarmHashes(magnet)) !== undefined) return undefined;
    const node = makeTorrentNode(limits, magnet.name ?? infoHash, trackers, add, now);
    const context = { ...this.#sharedContext(infoHash), slab };
    const pending = new PendingTorrent({ add, node, listenPort, context, now });
    members.add(pending);
    return pending;
  }

  /** The metadata is known, or here again: a torrent takes the place, with all that was there, connections included. */
  promote({ infoHash, node }: PendingTorrent | DormantTorrent, handover: Handover, now: Millis): Torrent {
    return this.#make({ add: handover.add, infoHash, node, handover }, now);
  }

  #make(
    parts: {
      readonly add: AddOptions;
      readonly infoHash: InfoHash;
      readonly node: BandwidthNode;
      readonly handover: Handover | undefined;
    },
    now: Millis,
  ): Torrent {
    const { add, infoHash } = parts;
    const { members, slab, cache, limits, nextId, listenPort } = this.#deps;
    const { metainfo } = add;
    slab.ensureBudget(OPEN_PIECES_MIN * metainfo.pieceLength);
    const shared = this.#sharedContext(infoHash);
    const context = {
      ...shared,
      ...shapeOf(metainfo),
      metainfo,
      usesDht: shared.usesDht && !metainfo.isPrivate,
      store: nextId(),
      slab,
      cache,
      bandwidth: limits.service,
      limits,
      nextSaveId: () => {
        const save = nextId();
        members.expectSave(save, torrent);
        return save;
      },
    };
    const torrent: Torrent = new Torrent({
      ...parts,
      listenPort,
      context,
      mayRest: this.#options.dormancy ?? false,
      now,
    });
    members.add(torrent);
    return torrent;
  }

  /** What of a context does not depend on the metadata. */
  #sharedContext(infoHash: InfoHash): Omit<PendingContext, "slab"> {
    const { members, out, externalAddresses, sessionBans, nextId } = this.#deps;
    const { peerId, random, families = [4, 6], dht = false, peersMax = PEERS_MAX } = this.#options;
    return {
      infoHash,
      peerId,
      out,
      random,
      peersMax,
      externalAddresses,
      sessionBans,
      families,
      usesDht: dht,
      nextId,
      nextAnnounceId: () => {
        const request = nextId();
        members.expectAnnounce(request, infoHash);
        return request;
      },
    };
  }
}
