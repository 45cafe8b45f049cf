import { describe, expect, it } from "vitest";
import { DnsResolver, type DnsRecord, type DnsSource } from "./dns.ts";

/** A DNS that counts questions and answers when told to. */
class FakeDns implements DnsSource {
  readonly asked: string[] = [];
  inFlightMax = 0;
  #inFlight = 0;
  readonly #answers: Readonly<Record<string, readonly DnsRecord[]>>;
  readonly #gate: Promise<void> | undefined;

  constructor(answers: Readonly<Record<string, readonly DnsRecord[]>>, gate?: Promise<void>) {
    this.#answers = answers;
    this.#gate = gate;
  }

  resolve4(name: string): Promise<readonly DnsRecord[]> {
    return this.#answer(`4 ${name}`);
  }

  resolve6(name: string): Promise<readonly DnsRecord[]> {
    return this.#answer(`6 ${name}`);
  }

  async #answer(question: string): Promise<readonly DnsRecord[]> {
    this.asked.push(question);
    this.inFlightMax = Math.max(this.inFlightMax, ++this.#inFlight);
    await this.#gate;
    this.#inFlight--;
    const answer = this.#answers[question];
    if (answer === undefined) throw new Error("ENODATA");
    return answer;
  }
}

const noHosts = (): string => "";

describe("dns resolver", () => {
  it("gives the addresses of both families in canonical form", async () => {
    const source = new FakeDns({
      "4 a.example": [{ address: "192.0.2.1", ttl: 60 }],
      "6 a.example": [{ address: "2001:DB8:0::1", ttl: 60 }],
    });
    expect(await new DnsResolver({ source, readHosts: noHosts }).resolve("A.Example.")).toEqual([
      "192.0.2.1",
      "2001:db8::1",
    ]);
  });

  it("does not ask about addresses, localhost and the hosts file", async () => {
    const source = new FakeDns({});
    const resolver = new DnsResolver({ source, readHosts: () => "10.1.2.3  nas nas.lan # the box\n" });
    expect(await resolver.resolve("[::ffff:1.2.3.4]")).toEqual(["1.2.3.4"]);
    expect(await resolver.resolve("localhost")).toEqual(["127.0.0.1", "::1"]);
    expect(await resolver.resolve("nas.lan")).toEqual(["10.1.2.3"]);
    expect(source.asked).toEqual([]);
  });

  it("remembers an answer for as long as it says", async () => {
    let now = 0;
    const source = new FakeDns({ "4 a.example": [{ address: "192.0.2.1", ttl: 60 }] });
    const resolver = new DnsResolver({ source, readHosts: noHosts, now: () => now });
    const askedAt = async (time: number): Promise<number> => {
      now = time;
      await resolver.resolve("a.example");
      return source.asked.length;
    };
    expect([await askedAt(0), await askedAt(59_999), await askedAt(60_001)]).toEqual([2, 2, 4]);
  });

  it("asks once for all that want a name at a time, and keeps at most 100 queries in flight", async () => {
    let open = (): void => {};
    const gate = new Promise<void>((resolve) => (open = resolve));
    const source = new FakeDns({ "4 a.example": [{ address: "192.0.2.1", ttl: 60 }] }, gate);
    const resolver = new DnsResolver({ source, readHosts: noHosts });
    const same = [resolver.resolve("a.example"), resolver.resolve("a.example")];
    const others = Array.from({ length: 200 }, (_, index) =>
      resolver.resolve(`n${index}.example`).catch(() => "failed"),
    );
    open();
    await Promise.all([...same, ...others]);
    expect(source.asked.filter((question) => question === "4 a.example").length).toBe(1);
    expect(source.inFlightMax).toBe(100);
  });

  it("gives up on a DNS that does not answer", async () => {
    const source = new FakeDns({}, new Promise(() => {}));
    const failed = new DnsResolver({ source, readHosts: noHosts, timeoutMs: 10 }).resolve("a.example");
    await expect(failed).rejects.toMatchObject({ code: "dns-failed", message: expect.stringContaining("a.example") });
  });
});
