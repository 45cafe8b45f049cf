/** Rate limits and bans. */
import type { Handlers } from "../handler.ts";

export const limitHandlers: Handlers<"showLimits" | "setLimit" | "listBans" | "addBans" | "liftBans"> = {
  showLimits: async ({ query }, { service }) => await service.limits.tree(query),
  setLimit: async ({ query, body }, { service }) => await service.limits.set(query.id, body),
  listBans: async (_call, { service }) => await service.bans.list(),
  addBans: async ({ body }, { service }) => {
    const { peers, ...options } = body;
    await service.bans.add(peers, options);
    return await service.bans.list();
  },
  liftBans: async ({ query }, { service }) => {
    await service.bans.lift(query.key);
    return await service.bans.list();
  },
};
