/** Files, trackers, web seeds, peers, pieces and reasons of a torrent. */
import { redactUrl } from "@torrential/node";
import type { TrackerView } from "../../service/torrent-view.ts";
import { mayAccess } from "../../door/principal.ts";
import type { Handlers } from "../handler.ts";
import { ApiProblem } from "../problems.ts";
import { parseRef } from "./torrents.ts";

export const detailHandlers: Handlers<
  | "listFiles"
  | "updateFiles"
  | "renamePath"
  | "listTrackers"
  | "replaceTrackers"
  | "listWebSeeds"
  | "replaceWebSeeds"
  | "listPeers"
  | "addPeers"
  | "showPieces"
  | "explainTorrent"
> = {
  listFiles: ({ params }, { service }) => service.torrents.files(parseRef(params.ref)),

  updateFiles: async ({ params, body }, { service }) => {
    const ref = parseRef(params.ref);
    const priorities = new Map<number, number>();
    for (const [key, priority] of Object.entries(body.priorities)) {
      if (!/^\d{1,9}$/.test(key))
        throw new ApiProblem("invalid", `/body/priorities: ${JSON.stringify(key)} is no index`);
      priorities.set(Number(key), priority);
    }
    await service.torrents.setFilePriorities(ref, priorities);
    return service.torrents.files(ref);
  },

  renamePath: async ({ params, body }, { service }) => {
    const ref = parseRef(params.ref);
    await service.torrents.renamePath(ref, body);
    return service.torrents.files(ref);
  },

  listTrackers: ({ params, query, principal }, { service }) => {
    const trackers = service.torrents.trackers(parseRef(params.ref));
    if (query.secrets !== true) return trackers.map(withoutSecrets);
    if (principal === undefined || !mayAccess(principal.scope, "control")) {
      throw new ApiProblem("scope-missing", "secrets need the scope `control`");
    }
    return trackers;
  },

  replaceTrackers: async ({ params, body }, { service }) => {
    const ref = parseRef(params.ref);
    await service.torrents.setTrackers(ref, body.tiers);
    return service.torrents.trackers(ref).map(withoutSecrets);
  },

  listWebSeeds: ({ params }, { service }) =>
    service.torrents.webSeeds(parseRef(params.ref)).map((seed) => ({ ...seed, url: redactUrl(seed.url) })),

  replaceWebSeeds: async ({ params, body }, { service }) => {
    const ref = parseRef(params.ref);
    await service.torrents.setWebSeeds(ref, body.urls);
    return service.torrents.webSeeds(ref).map((seed) => ({ ...seed, url: redactUrl(seed.url) }));
  },

  listPeers: async ({ params }, { service }) => await service.torrents.peers(parseRef(params.ref)),

  addPeers: async ({ params, body }, { service }) => ({
    added: await service.torrents.addPeers(parseRef(params.ref), body.endpoints),
  }),

  showPieces: async ({ params }, { service }) => {
    const { have, availability, ...pieces } = await service.torrents.pieces(parseRef(params.ref));
    return {
      ...pieces,
      have: Buffer.from(have).toString("base64"),
      availability: Buffer.from(availability).toString("base64"),
    };
  },

  explainTorrent: async ({ params }, { service }) => await service.torrents.reasons(parseRef(params.ref)),
};

function withoutSecrets(tracker: TrackerView): TrackerView {
  return { ...tracker, url: redactUrl(tracker.url) };
}
