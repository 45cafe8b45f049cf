import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Settings } from "../config/definitions.ts";
import { mergeSettings } from "../config/settings.ts";
import { DEFAULTS, HttpWorld, PASSWORD } from "../test-support/http-world.ts";
import { readFirstPassword, toHttpOptions } from "./http-settings.ts";
import { parseListen } from "./options.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "torrential-http-settings-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function settingsWith(values: Readonly<Record<string, unknown>>): Settings {
  return mergeSettings(new Map([["command", values]])).settings;
}

describe("the HTTP server's settings", () => {
  it("become addresses, a unix socket too", () => {
    const settings = settingsWith({ "http.listen": ["[::1]:1", "localhost:2"], "http.unix_socket": "/run/a.sock" });
    expect(toHttpOptions(settings, {}).listen).toEqual([
      { type: "tcp", host: "::1", port: 1 },
      { type: "tcp", host: "127.0.0.1", port: 2 },
      { type: "unix", path: "/run/a.sock", mode: 0o600 },
    ]);
  });

  it("give way to sockets that a supervisor hands over to this very process", () => {
    const settings = settingsWith({});
    const handed = { LISTEN_FDS: "2", LISTEN_PID: String(process.pid) };
    expect(toHttpOptions(settings, handed).listen).toMatchObject([
      { type: "fd", fd: 3 },
      { type: "fd", fd: 4 },
    ]);
    const inherited = { LISTEN_FDS: "2", LISTEN_PID: "1" };
    expect(toHttpOptions(settings, inherited).listen).toEqual([{ type: "tcp", host: "127.0.0.1", port: 9080 }]);
  });

  it("must have both halves of TLS", () => {
    expect(() => toHttpOptions(settingsWith({ "http.tls_cert": "a.pem" }), {})).toThrow("one of them is missing");
  });

  it.each(["9080", "127.0.0.1", "nas.lan:9080", "1.2.3.4:99999", "[::1]", ":9080", "127.1:80"])(
    "refuse to listen at %s",
    (text) => {
      expect(() => parseListen(text)).toThrow("wanted ADDRESS:PORT");
    },
  );

  it("take the first password from the environment or a file", () => {
    writeFileSync(join(folder, "password"), `${PASSWORD}\nsecond line\n`);
    expect(readFirstPassword({})).toBeUndefined();
    expect(readFirstPassword({ TORRENTIAL_PASSWORD: PASSWORD })).toBe(PASSWORD);
    expect(readFirstPassword({ TORRENTIAL_PASSWORD_FILE: join(folder, "password") })).toBe(PASSWORD);
    expect(() => readFirstPassword({ TORRENTIAL_PASSWORD_FILE: join(folder, "none") })).toThrow("cannot be read");
  });

  it("let it listen for other machines with a first password, and refuse a short one", async () => {
    const listen = [{ type: "tcp", host: "0.0.0.0", port: 0 }] as const;
    await using world = await HttpWorld.start({ listen }, { firstPassword: PASSWORD });
    expect(world.server.addresses[0]).toMatch(/^0\.0\.0\.0:/);
    await expect(HttpWorld.start({ listen }, { firstPassword: "short" })).rejects.toMatchObject({ code: "invalid" });
  });
});

describe("TLS", () => {
  function makeCertificate(name: string): { readonly certFile: string; readonly keyFile: string } {
    const files = { certFile: join(folder, "cert.pem"), keyFile: join(folder, "key.pem") };
    const words = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
    execFileSync("openssl", [...words, "-subj", `/CN=${name}`, "-keyout", files.keyFile, "-out", files.certFile], {
      stdio: "ignore",
    });
    return files;
  }

  /** The name in the certificate. Self-signed: what it is signed by is not the question here. */
  function readName(port: number): Promise<string> {
    return new Promise((resolve, reject) => {
      const sent = request({
        host: "127.0.0.1",
        port,
        path: "/healthz",
        agent: false,
      });
      sent.on("error", (error: NodeJS.ErrnoException) => {
        if (error.code === "DEPTH_ZERO_SELF_SIGNED_CERT") resolve(error.code);
        else reject(error);
      });
      sent.on("response", () => resolve("answered"));
      sent.end();
    });
  }

  it("speaks nothing but TLS, and reads its certificate again", async () => {
    const tls = makeCertificate("first.example");
    await using world = await HttpWorld.start({ tls });
    const port = Number(world.host.split(":")[1]);
    expect(await readName(port)).toBe("DEPTH_ZERO_SELF_SIGNED_CERT");
    await expect(world.ask({ path: "/healthz" })).rejects.toThrow("socket hang up");
    makeCertificate("second.example");
    world.server.reload({ ...DEFAULTS, tls });
    expect(world.logLines.join("")).toContain("certificates read again");
    writeFileSync(tls.certFile, "broken");
    world.server.reload({ ...DEFAULTS, tls });
    expect(world.logLines.join("")).toContain("could not be read again");
    expect(await readName(port)).toBe("DEPTH_ZERO_SELF_SIGNED_CERT");
  });

  it("is refused when the files are not there", async () => {
    const tls = { certFile: join(folder, "none"), keyFile: join(folder, "none") };
    await expect(HttpWorld.start({ tls })).rejects.toMatchObject({ code: "tls-invalid" });
  });
});

describe("a reload", () => {
  it("lets new names in", async () => {
    await using world = await HttpWorld.start();
    const ask = (): Promise<{ readonly status: number }> =>
      world.ask({ path: "/healthz", headers: { host: "nas.lan" } });
    expect((await ask()).status).toBe(421);
    world.server.reload({ ...DEFAULTS, allowedHosts: ["nas.lan"] });
    expect((await ask()).status).toBe(200);
  });
});
