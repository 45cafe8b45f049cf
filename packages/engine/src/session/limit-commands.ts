/** Commands about limits, carried out on the tree. */
import type { BandwidthNode } from "../bandwidth/node.ts";
import type { Limits } from "../bandwidth/limits.ts";
import type { Millis } from "../ports/machine.ts";
import type { AddOptions, Command } from "./commands.ts";

export type LimitCommand = Extract<
  Command,
  {
    readonly type: "set-limits" | "set-peer-limits" | "set-tags" | "set-group-limits" | "set-limit-options";
  }
>;

type OfEverything =
  | Extract<LimitCommand, { readonly type: "set-group-limits" | "set-limit-options" }>
  | (Extract<LimitCommand, { readonly type: "set-limits" }> & { readonly infoHash: undefined });

/** Whether it is about no single torrent. */
export function isOfEverything(command: Command): command is OfEverything {
  if (command.type === "set-limits") return command.infoHash === undefined;
  return command.type === "set-group-limits" || command.type === "set-limit-options";
}

export function isOfLimits(command: Command): command is LimitCommand {
  return command.type === "set-limits" || command.type === "set-peer-limits" || command.type === "set-tags";
}

/** Whether a torrent's trackers may be others after it. */
export function isOfTrackers({ type }: Command): boolean {
  return type === "add-trackers" || type === "set-trackers" || type === "remove-tracker";
}

/** `node`: of the torrent meant, else the root. Returns the peers that other limits bind from now on. */
export function commandLimits(
  limits: Limits,
  command: LimitCommand,
  node: BandwidthNode,
  now: Millis,
): readonly BandwidthNode[] {
  switch (command.type) {
    case "set-limits":
      limits.set(node, command.limits, now);
      return [];
    case "set-peer-limits":
      limits.setPeer(node, command.endpoint, command.limits, now);
      return [];
    case "set-tags":
      limits.setLabels(node, command);
      return [];
    case "set-group-limits":
      limits.setGroup(command.group, command.limits, now);
      return [];
    case "set-limit-options":
      return limits.setOptions(command);
    default:
      return command satisfies never;
  }
}

/** A torrent's place on the tree, with the limits and groups that it is added with. */
export function makeTorrentNode(
  limits: Limits,
  name: string,
  trackers: readonly (readonly string[])[],
  add: Pick<AddOptions, "limits" | "tags" | "category">,
  now: Millis,
): BandwidthNode {
  const node = limits.addTorrent(name, trackers);
  limits.set(node, add.limits ?? {}, now);
  limits.setLabels(node, add);
  return node;
}
