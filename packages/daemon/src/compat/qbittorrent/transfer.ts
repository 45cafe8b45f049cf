/** `transfer/…`: rates and limits of the whole session. */
import { parseEndpoint } from "@torrential/core";
import type { Service } from "../../service/service.ts";
import { DONE, type Handler, json, QbError, text } from "./http.ts";

export function describeTransfer(service: Service): Readonly<Record<string, unknown>> {
  const view = service.session.view();
  const { externalAddress } = view;
  const isV6 = externalAddress?.includes(":") === true;
  return {
    connection_status: connectionStatus(view),
    dht_nodes: view.dhtNodes,
    dl_info_data: view.downloadedBytes,
    dl_info_speed: Math.round(view.downRate),
    dl_rate_limit: view.limits.down ?? 0,
    last_external_address_v4: isV6 ? "" : (externalAddress ?? ""),
    last_external_address_v6: isV6 ? externalAddress : "",
    up_info_data: view.uploadedBytes,
    up_info_speed: Math.round(view.upRate),
    up_rate_limit: view.limits.up ?? 0,
  };
}

function connectionStatus(view: { readonly listenPort: number; readonly isReachable: boolean | undefined }): string {
  if (view.listenPort === 0) return "disconnected";
  // Until somebody came in from outside, as there.
  return view.isReachable === true ? "connected" : "firewalled";
}

export const transferInfo: Handler = (_, { service }) => json(describeTransfer(service));

/** The limit in force; the setters change the one that is not the alternative. */
export const downloadLimit: Handler = (_, { service }) => text(String(service.session.view().limits.down ?? 0));
export const uploadLimit: Handler = (_, { service }) => text(String(service.session.view().limits.up ?? 0));
export const setDownloadLimit: Handler = setLimit("limits.down", "limits.alternative_down");
export const setUploadLimit: Handler = setLimit("limits.up", "limits.alternative_up");

function setLimit(key: string, alternativeKey: string): Handler {
  return async ({ params, isSudo }, { service }) => {
    params.required("limit");
    // What is no number is no limit.
    const limit = params.long("limit");
    const isAlternative = service.session.view().isAlternativeLimits;
    await service.settings.update({ [isAlternative ? alternativeKey : key]: Math.max(0, limit) }, { isSudo });
    return DONE;
  };
}

export const speedLimitsMode: Handler = (_, { service }) =>
  text(service.session.view().isAlternativeLimits ? "1" : "0");

export const toggleSpeedLimitsMode: Handler = async (_, { service }) => {
  await service.session.setAlternativeLimits(!service.session.view().isAlternativeLimits);
  return DONE;
};

export const setSpeedLimitsMode: Handler = async ({ params }, { service }) => {
  const mode = params.required("mode").trim();
  if (!/^[+-]?\d+$/.test(mode)) throw new QbError(400, "'mode': invalid argument");
  await service.session.setAlternativeLimits(Number(mode) !== 0);
  return DONE;
};

export const banPeers: Handler = async ({ params }, { service }) => {
  params.required("peers");
  // As there: a ban is for the address, whatever its port; what is none is passed over.
  const addresses = params.list("peers", "|").flatMap((peer) => {
    try {
      return [parseEndpoint(peer.trim()).address];
    } catch {
      return [];
    }
  });
  if (addresses.length > 0) await service.bans.add(addresses, { reason: "banned by a client of the qBittorrent API" });
  return DONE;
};
