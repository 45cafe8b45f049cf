/** Routes of rate limits and bans. */
import { bansSchema, banQuerySchema, newBansSchema } from "../bans.ts";
import {
  limitChangeSchema,
  limitNodeQuerySchema,
  limitNodeSchema,
  limitTreeQuerySchema,
  limitTreeSchema,
} from "../limits.ts";
import type { Routes } from "./route.ts";

export const LIMIT_ROUTES: Routes<"showLimits" | "setLimit" | "listBans" | "addBans" | "liftBans"> = {
  showLimits: {
    group: "limits",
    access: "read",
    summary: "Show the tree of limits, live",
    query: limitTreeQuerySchema,
    reply: limitTreeSchema,
  },
  setLimit: {
    group: "limits",
    access: "control",
    summary: "Change the strategies or the weight of a node of the tree",
    description: "In force within 200 ms, kept over restarts; no connection is dropped. What is absent stays.",
    query: limitNodeQuerySchema,
    body: limitChangeSchema,
    reply: limitNodeSchema,
  },
  listBans: { group: "limits", access: "read", summary: "List peers that are kept out", reply: bansSchema },
  addBans: {
    group: "limits",
    access: "control",
    summary: "Keep peers out of every torrent",
    description: "Those that are connected are sent away. Kept over restarts.",
    body: newBansSchema,
    reply: bansSchema,
    bodyBytesMax: 1_048_576,
  },
  liftBans: {
    group: "limits",
    access: "control",
    summary: "Lift every ban of an address or address:port",
    query: banQuerySchema,
    reply: bansSchema,
  },
};
