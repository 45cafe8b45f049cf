import { utf8 } from "@torrential/core";
import { describe, expect, it } from "vitest";
import { PortMapper, type PortMapperOptions } from "./port-mapper.ts";
import { TestGateway, type TestGatewayOptions } from "./test-gateway.ts";
import { ADDED_ANY, DESCRIPTION, EXTERNAL_ADDRESS, soapFault, SSDP_ANSWER } from "./test-vectors.ts";
import type { GatewayHttpResult } from "./upnp-client.ts";

const TCP = { protocol: "tcp", port: 6881 } as const;
const SAME_PORT = ADDED_ANY.replaceAll("AddAny", "Add").replace("<NewReservedPort>7000</NewReservedPort>", "");
const VERSION_1 = DESCRIPTION.replaceAll("WANIPConnection:2", "WANIPConnection:1");

describe("mapping ports by UPnP", () => {
  it("takes over when nobody speaks PCP or NAT-PMP", () => {
    const home = start({ answers: [ADDED_ANY] });
    home.runUntil(20_000);
    expect(home.mapper.mappings).toEqual([
      {
        protocol: "tcp",
        internalPort: 6881,
        externalPort: 7000,
        externalAddress: "11.22.33.1",
        method: "upnp",
        problem: undefined,
      },
    ]);
    expect(home.actions).toEqual(["GET", "GetExternalIPAddress", "AddAnyPortMapping"]);
  });

  it("is not tried when PCP works", () => {
    const home = start({ gateway: { speaks: "pcp" } });
    home.runUntil(20_000);
    expect([home.mapper.mappings[0]?.method, home.searches.count]).toEqual(["pcp", 0]);
  });

  it("is tried when PCP refuses", () => {
    const home = start({ gateway: { speaks: "pcp", result: 2 }, answers: [ADDED_ANY] });
    home.runUntil(20_000);
    expect(home.mapper.mappings[0]?.method).toBe("upnp");
  });

  it.each([
    ["401: no AddAnyPortMapping", [soapFault(401), SAME_PORT], "AddPortMapping", 6881],
    ["725: only permanent leases", [soapFault(725), ADDED_ANY], "<NewLeaseDuration>0<", 7000],
    ["402: no leases at all", [soapFault(402), ADDED_ANY], "<NewLeaseDuration>0<", 7000],
    ["718: taken by another", [soapFault(718), SAME_PORT.replaceAll("AddPort", "AddAnyPort")], "AddAnyPortMapping", -1],
  ])("adapts to %s", (_, answers, wanted, port) => {
    const home = start({ answers });
    home.runUntil(20_000);
    expect(home.bodies.at(-1)).toContain(wanted);
    const mapped = home.mapper.mappings[0]?.externalPort;
    if (port > 0) expect(mapped).toBe(port);
    else expect(mapped).not.toBe(6881);
  });

  it.each([
    [728, /728/],
    [606, /606/],
    [718, /718/],
    [0, /cannot be read/],
  ])("says so when it is refused with %i, and starts over in ten minutes", (code, words) => {
    const home = start({ answers: Array.from({ length: 20 }, () => (code === 0 ? "<html>" : soapFault(code))) });
    home.runUntil(20_000);
    expect(home.mapper.mappings[0]).toMatchObject({ externalPort: undefined });
    expect(home.mapper.mappings[0]?.problem).toMatch(words);
    expect(home.actions.length).toBeLessThanOrEqual(9);
  });

  it("says that nobody answers", () => {
    const home = start({ ssdp: [] });
    home.runUntil(30_000);
    expect(home.mapper.mappings[0]?.problem).toBe("no gateway answers (PCP, NAT-PMP, UPnP)");
    expect(home.mapper.nextTimeout()).toBeGreaterThan(600_000);
  });

  it("uses version 1, and a gateway's own port", () => {
    const home = start({ description: VERSION_1, answers: [SAME_PORT] });
    home.runUntil(20_000);
    expect(home.actions.at(-1)).toBe("AddPortMapping");
    expect(home.mapper.mappings[0]?.externalPort).toBe(6881);
  });

  it("renews, looks for it again when it is gone, and deletes at the end", () => {
    const home = start({ answers: Array.from({ length: 9 }, () => ADDED_ANY) });
    home.runUntil(1_300_000);
    expect(home.actions.filter((action) => action === "AddAnyPortMapping")).toHaveLength(2);
    home.isGone = true;
    home.runUntil(2_600_000);
    expect(home.mapper.mappings[0]?.externalPort).toBeUndefined();
    home.isGone = false;
    home.runUntil(5_000_000);
    expect(home.mapper.mappings[0]?.externalPort).toBe(7000);
    home.mapper.setWishes([], 5_000_000);
    home.runUntil(5_000_001);
    expect([home.actions.at(-1), home.mapper.isIdle]).toEqual(["DeletePortMapping", true]);
  });
});

describe("a UPnP gateway that restarts", () => {
  /** Of SSDP_ANSWER. */
  const BOOT_ID = 1_795_601_900;
  const notice = (kind: "alive" | "byebye", bootId: number): Uint8Array =>
    utf8(
      `NOTIFY * HTTP/1.1\r\nNT: urn:schemas-upnp-org:device:InternetGatewayDevice:1\r\nNTS: ssdp:${kind}\r\n` +
        `BOOTID.UPNP.ORG: ${bootId}\r\n\r\n`,
    );
  const mapped = () => {
    const home = start({ method: "upnp", answers: Array.from({ length: 9 }, () => ADDED_ANY) });
    home.runUntil(10_000);
    const count = (): number => home.actions.filter((action) => action === "AddAnyPortMapping").length;
    return { home, count, before: count() };
  };

  it("is asked again when it says that it has another boot id, or comes back after it left", () => {
    for (const last of [[notice("alive", 6)], [notice("byebye", BOOT_ID), notice("alive", BOOT_ID)]]) {
      const { home, count, before } = mapped();
      for (const bytes of last) home.mapper.handleNotice(bytes, "192.168.77.1", 50_000);
      home.runUntil(60_000);
      expect(count() - before).toBe(1);
    }
  });

  it("is left alone while it says the same, when others say so, and for half a minute when it goes on saying so", () => {
    const { home, count, before } = mapped();
    home.mapper.handleNotice(notice("alive", BOOT_ID), "192.168.77.1", 50_000);
    home.mapper.handleNotice(notice("alive", 6), "192.168.77.9", 50_000);
    home.runUntil(60_000);
    expect(count()).toBe(before);
    for (let bootId = 10; bootId < 30; bootId++) {
      home.mapper.handleNotice(notice("alive", bootId), "192.168.77.1", 60_000 + bootId * 100);
      home.runUntil(60_000 + bootId * 100 + 50);
    }
    expect(count() - before).toBe(1);
  });
});

describe("mapping ports among liars", () => {
  it.each([
    ["a description elsewhere", { from: "192.168.77.1", location: "http://192.168.77.9:80/d.xml" }],
    ["a description on the internet", { from: "8.8.8.8", location: "http://8.8.8.8/d.xml" }],
    ["a description on loopback", { from: "127.0.0.1", location: "http://127.0.0.1/d.xml" }],
  ])("does not follow %s", (_, { from, location }) => {
    const home = start({ ssdp: [{ from, text: SSDP_ANSWER.replace(/LOCATION: .*/, `LOCATION: ${location}`) }] });
    home.runUntil(20_000);
    expect(home.actions).toEqual([]);
  });

  it("does not command a URL that the description puts elsewhere", () => {
    const description = DESCRIPTION.replace("/ctl/IPConn", "http://192.168.77.9/ctl");
    const home = start({ description });
    home.runUntil(20_000);
    expect(home.actions).toEqual(["GET"]);
    expect(home.mapper.mappings[0]?.problem).toMatch(/description/);
  });

  it("asks the default gateway first, and eight devices at most", () => {
    const others = Array.from({ length: 30 }, (_, i) => ({
      from: `192.168.77.${i + 50}`,
      text: SSDP_ANSWER.replace("192.168.77.1:", `192.168.77.${i + 50}:`),
    }));
    const home = start({ ssdp: [...others.slice(0, 4), { from: "192.168.77.1", text: SSDP_ANSWER }, ...others] });
    home.isGone = true;
    home.runUntil(20_000);
    expect(home.urls[0]).toContain("192.168.77.1:");
    expect(home.urls.length).toBeLessThanOrEqual(8);
  });
});

interface StartOptions {
  readonly method?: PortMapperOptions["method"];
  readonly gateway?: TestGatewayOptions;
  readonly ssdp?: readonly { readonly from: string; readonly text: string }[];
  readonly description?: string;
  /** To each command that maps, in turn. */
  readonly answers?: readonly string[];
}

function start(options: StartOptions) {
  const random = makeRandom();
  const mapper = new PortMapper(
    { gateway: "192.168.77.1", localAddress: "192.168.77.2", method: options.method ?? "auto" },
    { random },
  );
  const gateway = new TestGateway(options.gateway ?? { speaks: "nothing" });
  const answers = [...(options.answers ?? [])];
  const home = {
    mapper,
    actions: [] as string[],
    bodies: [] as string[],
    urls: [] as string[],
    searches: { count: 0 },
    isGone: false,
    runUntil,
  };
  let now = 0;
  mapper.setWishes([TCP], 0);
  return home;

  function runUntil(end: number): void {
    exchange();
    for (let next = mapper.nextTimeout(); next !== undefined && next <= end; next = mapper.nextTimeout()) {
      now = Math.max(now, next);
      mapper.handleTimeout(now);
      exchange();
    }
    now = end;
  }

  function exchange(): void {
    for (let output = mapper.poll(); output !== undefined; output = mapper.poll()) {
      if (output.type === "send") {
        const answer = gateway.answer(output.bytes, now);
        if (answer !== undefined) mapper.handlePmp(answer, now);
      } else if (output.type === "search") {
        home.searches.count++;
        if (home.isGone && options.ssdp === undefined) continue;
        for (const { from, text } of options.ssdp ?? [{ from: "192.168.77.1", text: SSDP_ANSWER }])
          mapper.handleSsdp(utf8(text), from, now);
      } else if (output.type === "http") {
        home.urls.push(output.url);
        mapper.handleHttp(output.request, serve(output.body, output.headers), now);
      }
    }
  }

  function serve(body: string | undefined, headers: Readonly<Record<string, string>>): GatewayHttpResult {
    const action = body === undefined ? "GET" : (/#(\w+)/.exec(headers["soapaction"] ?? "")?.[1] ?? "");
    home.actions.push(action);
    if (home.isGone) return { ok: false, message: "ECONNREFUSED" };
    if (body === undefined) return { ok: true, status: 200, body: utf8(options.description ?? DESCRIPTION) };
    home.bodies.push(body);
    if (action === "GetExternalIPAddress") return { ok: true, status: 200, body: utf8(EXTERNAL_ADDRESS) };
    const answer = action === "DeletePortMapping" ? "<s:r/>" : (answers.shift() ?? soapFault(501));
    return { ok: true, status: 200, body: utf8(answer) };
  }
}

function makeRandom(): () => number {
  let seed = 0;
  return () => (seed = (seed + 0.37) % 1);
}
