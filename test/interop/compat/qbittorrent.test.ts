/** The same requests to qbittorrent-nox and to us: statuses, types and texts, field by field. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { QbittorrentClient } from "../../support/clients/qbittorrent.ts";
import { DaemonProcess } from "../../support/daemon-process.ts";
import { OWN_ADDRESS } from "../../support/namespace.ts";
import { describeIf, missingNamespace, missingProgram } from "../../support/requirements.ts";
import { checkKnown, compareAnswers, type Side, say } from "./conversation.ts";
import { LOGIN_DIFFERENCES, QBITTORRENT_DIFFERENCES } from "./qbittorrent/known-differences.ts";
import { LOGIN_STEPS, Visitor } from "./qbittorrent/login.ts";
import { qbittorrentSteps } from "./qbittorrent/steps.ts";
import { World } from "./world.ts";

const PASSWORD = "correct horse battery";

describeIf([missingNamespace(), missingProgram("qbittorrent-nox")], "qBittorrent's API beside qbittorrent-nox", () => {
  let world: World<QbittorrentClient>;

  beforeAll(async () => {
    world = await World.start({
      name: "qbittorrent",
      network: 62,
      makeReference: (options) => new QbittorrentClient(options),
    });
  });

  afterAll(async () => {
    await world[Symbol.asyncDispose]();
  });

  it("answers alike, but for what is listed with a reason", async () => {
    const { saveDirs } = world;
    const sides = await Promise.all([
      enter({ name: "theirs", url: `${world.theirs.apiUrl}/`, saveDir: saveDirs.theirs }),
      enter({ name: "ours", url: `${world.ours.url}/api/v2/`, saveDir: saveDirs.ours }),
    ]);
    const found: Record<string, string> = {};
    for (const step of qbittorrentSteps(world)) {
      const [theirs, ours] = await Promise.all(sides.map((side) => say(side, step)));
      if (theirs === undefined || ours === undefined) throw new Error("two sides");
      Object.assign(found, compareAnswers(step, theirs, ours));
    }
    expect(checkKnown(found, QBITTORRENT_DIFFERENCES)).toEqual({ unknown: {}, needless: [] });
  });

  it("lets in, and keeps out, the same", async () => {
    const { saveDirs, folder, theirs } = world;
    // From its own address: who comes from loopback needs no password there. Its guards are switched on as it runs.
    const wishes = { web_ui_csrf_protection_enabled: true, web_ui_host_header_validation_enabled: true };
    const form = new URLSearchParams({ json: JSON.stringify({ ...wishes, web_ui_domain_list: "198.18.*" }) });
    expect((await fetch(`${theirs.apiUrl}/app/setPreferences`, { method: "POST", body: form })).status).toBe(200);
    await using ours = await DaemonProcess.start({ stateDir: folder.at("door"), downloadDir: saveDirs.ours });
    await ours.client.call("setPassword", { body: { newPassword: PASSWORD } });
    const [theirDoor, ourDoor] = [
      new Visitor({ url: theirs.urlFrom(OWN_ADDRESS), password: "adminadmin" }),
      new Visitor({ url: ours.url, password: PASSWORD }),
    ];
    const found: Record<string, string> = {};
    for (const step of LOGIN_STEPS) {
      const [a, b] = [await theirDoor.say(step), await ourDoor.say(step)];
      for (const key of ["status", "contentType", "text", "cookie"] as const) {
        const [before, after] = [JSON.stringify(a[key]), JSON.stringify(b[key])];
        if (before !== after) found[`${step.name}: ${key}`] = `${before} -> ${after}`;
      }
    }
    expect(checkKnown(found, LOGIN_DIFFERENCES)).toEqual({ unknown: {}, needless: [] });
  });
});

/** Where nobody has to log in, a cookie comes with the first answer: lists of changes are kept by it. */
async function enter(side: Side): Promise<Side> {
  const response = await fetch(`${side.url}app/version`);
  await response.text();
  const [cookie = ""] = response.headers.getSetCookie()[0]?.split(";") ?? [];
  expect(cookie).toMatch(/^SID=.+/);
  return { ...side, headers: { cookie } };
}
