/** What to do with swarms: pure decisions, driven by messages. */
export type { SlotCount } from "./choker/choker.ts";
export type { PieceOrder } from "./picker/picker.ts";
export { checkLimits } from "./bandwidth/limit-strategy.ts";
export type { LimitStrategy, RateLimits, SimpleLimit } from "./bandwidth/limit-strategy.ts";
export type { GroupName, Labels, LimitOptions } from "./bandwidth/limits.ts";
export type * from "./ports/announce.ts";
export { DISK_RULES, type DiskRule, type DiskScript, type DiskView } from "./ports/disk-compliance.ts";
export type * from "./ports/dht.ts";
export type * from "./ports/disk.ts";
export type * from "./ports/local.ts";
export type * from "./ports/machine.ts";
export type * from "./ports/network.ts";
export type * from "./ports/state.ts";
export type * from "./session/commands.ts";
export type * from "./session/events.ts";
export type * from "./session/outputs.ts";
export { decodeJournal, type ResumeData } from "./resume/journal.ts";
export {
  ExternalAddresses,
  type AddressVote,
  type ExternalAddress,
  type VoteSource,
} from "./session/external-address.ts";
export type { Reachability } from "./session/reachability.ts";
export type { SessionOptions } from "./session/options.ts";
export { Session } from "./session/session.ts";
export type { PeerSource, SourceCount } from "./swarm/peer-list.ts";
export type { ErrorOwner, Lifecycle, LifecycleStatus } from "./torrent/lifecycle.ts";
export type * from "./torrent/status.ts";
export type { AnnounceTo } from "./torrent/announcer.ts";
export type { TrackerEndpointStatus, TrackerState, TrackerStatus } from "./torrent/tracker.ts";
export type * from "./why/reasons.ts";
export type * from "./why/report.ts";
export { explainWhy, type WhyDirection, type WhyText } from "./why/texts.ts";
export type { Ban } from "./swarm/bans.ts";
export type { LimitNodeId, LimitTreeNode, LimitTreeQuery, LimitTreeSide } from "./bandwidth/limit-tree.ts";
export type { ListedBan } from "./session/ban-commands.ts";
export type { BanOrder } from "./swarm/session-bans.ts";
