import { describe, expect, it } from "vitest";
import { Logs } from "./log.ts";
import { redactText, redactValue } from "./redact-text.ts";

function makeLogs(): { readonly logs: Logs; readonly lines: string[] } {
  const lines: string[] = [];
  const logs = new Logs({ destination: { write: (line) => void lines.push(line) }, now: () => 5 });
  return { logs, lines };
}

describe("logs", () => {
  it("are JSON with an area, and kept", () => {
    const { logs, lines } = makeLogs();
    logs.area("http").info("listening", { port: 1 });
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ area: "http", message: "listening", port: 1, level: "info" });
    expect(logs.latest()).toEqual([{ id: 1, atMs: 5, level: "info", area: "http", message: "listening" }]);
  });

  it("have levels by area that change at run time", () => {
    const { logs } = makeLogs();
    logs.area("http").debug("a");
    logs.setLevels({ http: "debug", "*": "error" });
    logs.area("http").debug("b");
    logs.area("engine").info("c");
    logs.area("engine").error("d");
    expect(logs.latest().map(({ message }) => message)).toEqual(["b", "d"]);
    expect(logs.latest({ area: "engine" }).length).toBe(1);
    expect(logs.latest({ level: "error", after: 1 }).length).toBe(1);
  });

  it("keep a bounded number", () => {
    const { logs } = makeLogs();
    for (let i = 0; i < 10_000; i++) logs.area("x").info(String(i));
    expect(logs.latest({ limit: 1_000_000 }).length).toBeLessThanOrEqual(4_000);
    expect(logs.latest().at(-1)?.message).toBe("9999");
  });
});

describe("redaction", () => {
  it.each([
    "announce to https://user:hush@tracker.example/announce?passkey=hush failed",
    "announce to http://tracker.example/hushhushhushhushhushhush/announce",
    "udp://tracker.example:1/announce?key=hush",
    "magnet:?xt=urn:btih:abc&tr=https%3A%2F%2Ft.example%2Fhush%2Fannounce&dn=x",
    "Authorization: Bearer hush",
    'headers {"cookie":"torrential=hush; SID=hush"}',
    "token trt_hushhushhushhushhushhushhushhushhushhush given",
    "password=hush",
    "torrent_pass: hush",
  ])("takes the secret out of %s", (text) => {
    expect(redactText(text)).not.toContain("hush");
  });

  it("leaves what is no secret", () => {
    expect(redactText("https://tracker.example/announce: got status 404")).toContain(
      "https://tracker.example/announce",
    );
  });

  it("looks into values, and at their names", () => {
    const value = {
      url: "http://a.example/?k=hush",
      token: "hush",
      list: [{ cookie: "hush" }],
      error: new Error("password=hush"),
    };
    expect(JSON.stringify(redactValue(value))).not.toContain("hush");
  });
});
