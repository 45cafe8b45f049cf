/** What is asked of the program as a whole: `app`, `log` and `transfer`. */
import type { Step } from "../conversation.ts";
import { get, post, rowsOf, same } from "./asks.ts";

export function app(): Step[] {
  return [
    get("version", "app/version"),
    get("webapiVersion", "app/webapiVersion"),
    get("buildInfo", "app/buildInfo"),
    get("preferences", "app/preferences"),
    get("defaultSavePath", "app/defaultSavePath"),
    get("networkInterfaceList", "app/networkInterfaceList"),
    get(
      "networkInterfaceAddressList",
      "app/networkInterfaceAddressList",
      { iface: "lo" },
      { values: (answer) => rowsOf(answer).length > 0 },
    ),
    get("networkInterfaceAddressList without", "app/networkInterfaceAddressList"),
    post("setPreferences without", "app/setPreferences"),
    post("setPreferences, bad JSON", "app/setPreferences", { json: "{" }),
    post("setPreferences, a list", "app/setPreferences", { json: "[1]" }),
    post("setPreferences, wrong types", "app/setPreferences", {
      json: '{"dl_limit":{},"max_ratio":"x","no_such":1,"__proto__":{"dht":true}}',
    }),
    get(
      "main log, none",
      "log/main",
      { normal: "false", info: "false", warning: "false", critical: "false" },
      { values: same },
    ),
    get("peer log", "log/peers"),
  ];
}

export function transfer(): Step[] {
  const set = (name: string, limit: string): Step => post(`${name} ${limit}`, `transfer/${name}`, { limit });
  return [
    get("transfer info", "transfer/info"),
    set("setDownloadLimit", "102400"),
    get("downloadLimit", "transfer/downloadLimit", {}, { values: same }),
    set("setDownloadLimit", "0"),
    set("setDownloadLimit", "many"),
    set("setUploadLimit", "-5"),
    set("setUploadLimit", "16384"),
    get("uploadLimit", "transfer/uploadLimit", {}, { values: same }),
    post("setUploadLimit without", "transfer/setUploadLimit"),
    get("speedLimitsMode", "transfer/speedLimitsMode", {}, { values: same }),
    post("toggleSpeedLimitsMode", "transfer/toggleSpeedLimitsMode"),
    get("speedLimitsMode, on", "transfer/speedLimitsMode", {}, { values: same }),
    get("uploadLimit, alternative", "transfer/uploadLimit", {}, { values: same }),
    post("toggleSpeedLimitsMode again", "transfer/toggleSpeedLimitsMode"),
    post("banPeers without", "transfer/banPeers"),
    post("banPeers, nobody", "transfer/banPeers", { peers: "x" }),
    post("banPeers", "transfer/banPeers", { peers: "198.18.62.99:9" }),
  ];
}
