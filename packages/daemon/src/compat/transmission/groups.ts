/** Bandwidth groups are categories of ours: both carry limits, and a torrent is in one at most. */
import type { CategoryView } from "../../service/service.ts";
import type { Arguments } from "./arguments.ts";
import { RpcError } from "./errors.ts";
import type { Method } from "./method.ts";
import { bytes, kilobytes } from "./units.ts";

export const groupGet: Method = (args, { service }) => {
  const asked = readNames(args);
  const categories = service.labels.categories().filter(({ name }) => asked === undefined || asked.has(name));
  return Promise.resolve({ group: categories.map(describeGroup) });
};

export const groupSet: Method = async (args, { service }) => {
  const name = args.text("name");
  if (name === undefined || name === "") throw new RpcError("invalid-params", "No group name given");
  const present = service.labels.categories().find((each) => each.name === name);
  const limits = {
    down: nextLimit(present?.limits.down, args, "speed_limit_down"),
    up: nextLimit(present?.limits.up, args, "speed_limit_up"),
  };
  if (present === undefined) await service.labels.createCategory(name, { limits });
  else await service.labels.updateCategory(name, { limits });
  return {};
};

function readNames(args: Arguments): ReadonlySet<string> | undefined {
  const one = args.text("group");
  const names = one === undefined ? args.texts("group") : [one];
  return names === undefined ? undefined : new Set(names);
}

function nextLimit(present: number | undefined, args: Arguments, name: string): number | undefined {
  const isLimited = args.bool(`${name}_enabled`);
  const kilobytesPerSec = args.int(name);
  if (isLimited === false) return undefined;
  return kilobytesPerSec === undefined ? present : bytes(kilobytesPerSec);
}

function describeGroup({ name, limits }: CategoryView): object {
  return {
    honors_session_limits: true,
    name,
    speed_limit_down: kilobytes(limits.down),
    speed_limit_down_enabled: limits.down !== undefined,
    speed_limit_up: kilobytes(limits.up),
    speed_limit_up_enabled: limits.up !== undefined,
  };
}
