/** Whom the user keeps out of everything, and who is kept out by whom. */
import type { InfoHash } from "@torrential/core";
import type { Millis } from "../ports/machine.ts";
import type { Ban } from "../swarm/bans.ts";
import type { SessionBans } from "../swarm/session-bans.ts";
import type { Command } from "./commands.ts";
import type { Member } from "./members.ts";

export type BanCommand =
  | Extract<Command, { readonly type: "ban" }>
  | (Extract<Command, { readonly type: "unban" }> & { readonly infoHash: undefined });

/** A ban, and who made it: the user, for everything, or a torrent that was sent bad data. */
export interface ListedBan extends Ban {
  readonly by: "user" | "blame";
  readonly infoHash: InfoHash | undefined;
}

export function isOfBans(command: Command): command is BanCommand {
  return command.type === "ban" || (command.type === "unban" && command.infoHash === undefined);
}

export function commandBans(bans: SessionBans, command: BanCommand, torrents: Iterable<Member>, now: Millis): void {
  if (command.type === "ban") for (const order of command.bans) bans.put(order, now);
  else bans.lift(command.key);
  for (const torrent of torrents) {
    if (command.type === "unban") torrent.peerList.unban(command.key);
    torrent.handleBansChanged(now);
  }
}

export function listBans(bans: SessionBans, torrents: Iterable<Member>, now: Millis): readonly ListedBan[] {
  const byUser = bans.all(now).map((ban): ListedBan => ({ ...ban, by: "user", infoHash: undefined }));
  const byBlame = [...torrents].flatMap(({ infoHash, peerList }) =>
    peerList.bans(now).map((ban): ListedBan => ({ ...ban, by: "blame", infoHash })),
  );
  return [...byUser, ...byBlame];
}
