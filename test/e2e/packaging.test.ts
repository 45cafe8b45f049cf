/** What is packaged beside the command: units for systemd, the man page, completions, the Dockerfile, the dashboard. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { DaemonProcess } from "../support/daemon-process.ts";
import { TestFolder } from "../support/folder.ts";
import { findFreePort } from "../support/free-port.ts";
import { run, TestProcess } from "../support/process.ts";
import { describeIf, missingProgram } from "../support/requirements.ts";
import { runTorrential } from "../support/torrential.ts";
import { waitFor } from "../support/wait-for.ts";

const PACKAGING = join(import.meta.dirname, "..", "..", "packaging");

describeIf([missingProgram("systemd-analyze")], "the units for systemd", () => {
  it("are what systemd understands", async () => {
    using folder = new TestFolder("units");
    const unit = readFileSync(join(PACKAGING, "systemd", "torrential.service"), "utf8");
    // Neither is installed here: a program that is, and no page to look for.
    const local = unit.replace("/usr/bin/torrential", process.execPath).replace(/^Documentation=.*$/m, "");
    writeFileSync(folder.at("torrential.service"), local);
    writeFileSync(folder.at("torrential.socket"), readFileSync(join(PACKAGING, "systemd", "torrential.socket")));
    const files = [folder.at("torrential.service"), folder.at("torrential.socket")];
    const verified = await run("systemd-analyze", ["verify", "--man=no", ...files], { deadlineMs: 60_000 });
    // What systemd says of other units of the machine is not ours.
    const ours = verified.stderr.split("\n").filter((line) => line.includes("torrential"));
    expect(ours).toEqual([]);
  });

  it("hear that it is ready, and that it stops", async () => {
    using folder = new TestFolder("notify");
    const socket = folder.at("notify");
    const script = join(import.meta.dirname, "..", "support", "notify-listener.py");
    await using listener = new TestProcess("/usr/bin/python3", [script, socket]);
    await waitFor(() => listener.stdout.includes("listening"), { what: "the supervisor listens" });
    const options = { stateDir: folder.at("state"), downloadDir: folder.folder("saved") };
    await using daemon = await DaemonProcess.start({ ...options, env: { NOTIFY_SOCKET: socket } });
    await waitFor(() => /READY=1/.test(listener.stdout), { what: "READY=1", deadlineMs: 60_000 });
    expect(listener.stdout).toMatch(/STATUS=Serving at 127\.0\.0\.1:\d+/);
    expect((await daemon.stop()).code).toBe(0);
    await waitFor(() => /STOPPING=1/.test(listener.stdout), { what: "STOPPING=1", deadlineMs: 60_000 });
  });

  it("hand over a socket, with whose first connection it starts", async () => {
    using folder = new TestFolder("activation");
    const port = await findFreePort("127.0.0.1");
    // As the unit does: by the launcher, which systemd knows.
    const command = [process.execPath, join(PACKAGING, "..", "packages", "torrential", "bin", "torrential.cjs")];
    const state = ["--state", folder.at("state"), "--download-dir", folder.folder("saved")];
    const place = [...state, "--bind", "127.0.0.1", "--port", "0"];
    const listen = ["-l", `127.0.0.1:${port}`, "-E", `XDG_CONFIG_HOME=${folder.path}`];
    await using daemon = new TestProcess("systemd-socket-activate", [...listen, ...command, "daemon", ...place]);
    await waitFor(() => /Listening on/.test(daemon.stderr), { what: "the socket is there", deadlineMs: 60_000 });
    const health = await fetch(`http://127.0.0.1:${port}/healthz`);
    expect(health.status).toBe(200);
    await waitFor(() => daemon.stdout.includes(`ready at 127.0.0.1:${port}`), { what: "it says where it is" });
    daemon.signal("SIGTERM");
    expect((await daemon.waitForExit(30_000)).code).toBe(0);
  });
});

describeIf([missingProgram("man")], "the man page", () => {
  it("is one that man shows without a warning", async () => {
    using folder = new TestFolder("man");
    const page = await runTorrential(["man"]);
    writeFileSync(folder.at("torrential.1"), page.stdout);
    const env = { LC_ALL: "C.UTF-8", MANWIDTH: "100" };
    const shown = await run("man", ["--warnings", "-l", folder.at("torrential.1")], { env });
    expect([shown.code, shown.stderr]).toEqual([0, ""]);
    expect(shown.stdout).toMatch(/category <?ACTION/);
  });
});

const SHELLS = [
  ["bash", ["--norc", "-c"], "complete -p torrential", "torrential"],
  ["zsh", ["-f", "-c"], "print -r -- $_comps[torrential]", "torrential"],
  ["fish", ["--no-config", "-c"], "complete --do-complete 'torrential rest'", "restore"],
] as const;

describeIf(
  SHELLS.map(([shell]) => missingProgram(shell)),
  "completions",
  () => {
    it.each(SHELLS)("are what %s reads, and offer verbs", async (shell, options, ask, wanted) => {
      using folder = new TestFolder(`completions-${shell}`);
      const script = folder.at("torrential");
      writeFileSync(script, (await runTorrential(["completions", shell])).stdout);
      const setUp = shell === "zsh" ? "autoload -Uz compinit && compinit -u -D && " : "";
      const loaded = await run(shell, [...options, `${setUp}source ${script} && ${ask}`]);
      expect([loaded.code, loaded.stderr]).toEqual([0, ""]);
      expect(loaded.stdout).toContain(wanted);
    });
  },
);

describe("the image", () => {
  const dockerfile = readFileSync(join(PACKAGING, "docker", "Dockerfile"), "utf8");

  it("is made of what is in the repository", () => {
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(\S+)/gm)].flatMap(([, path = ""]) => path);
    for (const path of copied) expect(existsSync(join(PACKAGING, "..", path))).toBe(true);
    expect(dockerfile).toContain('"--state", "/state"');
    expect(dockerfile).toMatch(/HEALTHCHECK[^]*\/readyz/);
  });

  it("has an entry that never runs as root", async () => {
    const entry = join(PACKAGING, "docker", "entrypoint.sh");
    expect((await run("sh", ["-n", entry])).stderr).toBe("");
    const refused = await run("sh", [entry, "daemon"], { env: { PUID: "0", PGID: "0" } });
    // A test that is not root itself gets as far as the command, which is not there.
    expect(refused.code).toBe(process.getuid?.() === 0 ? 78 : 127);
  });
});
