/** What a torrent keeps over all its runs: its files and wishes, whom it knows, what it has counted. */
import { Bitfield } from "@torrential/core";
import { TorrentFiles } from "../files/torrent-files.ts";
import type { Anteroom } from "../metadata/anteroom.ts";
import { sortOut } from "../metadata/takeover.ts";
import type { Outlet } from "../outbox.ts";
import type { TorrentEvent } from "../session/events.ts";
import { Departing } from "../swarm/departing.ts";
import { Dialling } from "../swarm/dialling.ts";
import { PeerList } from "../swarm/peer-list.ts";
import { SwarmWhy } from "../why/swarm-why.ts";
import { EarlierRuns } from "./earlier-runs.ts";
import type { TorrentOptions } from "./options.ts";
import { PeerSources } from "./peer-sources.ts";
import { Proofs } from "./proofs.ts";
import { Reads } from "./reads.ts";
import { Wishes } from "./wishes.ts";

export interface TorrentParts {
  readonly options: TorrentOptions;
  readonly files: TorrentFiles;
  readonly wishes: Wishes;
  readonly reads: Reads;
  /** Of pieces that are believed without a hash. */
  readonly proofs: Proofs;
  readonly why: SwarmWhy;
  readonly peerList: PeerList;
  readonly dialling: Dialling;
  /** What looks for peers. */
  readonly sources: PeerSources;
  readonly departing: Departing;
  readonly earlier: EarlierRuns;
  /** Peers that came with the metadata, for the first run. */
  readonly anteroom: Anteroom | undefined;
  /** What is worth telling whoever uses the session. */
  readonly events: Outlet<TorrentEvent>;
}

export function makeParts(options: TorrentOptions): TorrentParts {
  const { add, context, handover, now } = options;
  const { metainfo } = add;
  const { isPrivate } = metainfo;
  const { infoHash, out, random, families, usesDht, nextAnnounceId } = context;
  // They outlive the rest of the torrent when it sleeps.
  const ofSources = { infoHash, out, random, families, usesDht, nextAnnounceId };
  const earlier = new EarlierRuns(context, add);
  const wishes = new Wishes(context, add, haveAtRest(context, earlier));
  const peerList = handover?.peerList ?? new PeerList(context.random, context.sessionBans);
  const dialling = new Dialling(peerList, { isPrivate });
  const isWanted = (file: number): boolean => wishes.selection.isWanted(file);
  const { root, layout, place, moveBytesPerSec } = add;
  const files = new TorrentFiles(context, { root, layout, place, isWanted, moveBytesPerSec });
  const proofs = new Proofs(context);
  const { trackers = metainfo.trackers, announceTo } = add;
  const sources = handover?.sources ?? new PeerSources({ context: ofSources, trackers, announceTo, isPrivate });
  if (isPrivate) sources.setPrivate();
  if (handover?.anteroom !== undefined) sortOut(handover.anteroom, { ...add, dialling }, now);
  return {
    options,
    files,
    wishes,
    reads: new Reads(context, proofs),
    proofs,
    why: handover?.why ?? new SwarmWhy(now),
    peerList,
    dialling,
    sources,
    departing: new Departing(context.slab),
    earlier,
    anteroom: handover?.anteroom,
    events: { push: (event) => out.push({ type: "event", event: { infoHash, ...event } }) },
  };
}

/** The pieces that the last run left, as far as that is known. */
export function haveAtRest({ geometry }: TorrentOptions["context"], { resume }: EarlierRuns): Bitfield {
  return resume?.have ?? new Bitfield(geometry.pieceCount);
}
