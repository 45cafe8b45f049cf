import { describe, expect, it } from "vitest";
import { makeEndpoint } from "@torrential/core";
import type { Contact } from "./contact.ts";
import { type Candidate, Lookup } from "./lookup.ts";
import { drawIdInBucket, drawNodeId, isIdOfAddress, makeNodeId, sharedBits } from "./node-id.ts";
import { seededRandom } from "./test-support.ts";

const random = seededRandom(3);
const TARGET = drawNodeId(random);

function near(bits: number, address: string): Contact {
  return { id: drawIdInBucket(TARGET, bits, random), endpoint: makeEndpoint(address, 6881) };
}

/** Runs a lookup to its end; `answers` says who answers. */
function run(lookup: Lookup, answers: (candidate: Candidate) => readonly Contact[] | undefined): string[] {
  const asked: string[] = [];
  for (let round = 0; round < 1_000 && !lookup.isDone; round++) {
    const candidate = lookup.next();
    if (candidate === undefined) throw new Error("nobody to ask, and not done");
    asked.push(candidate.endpoint.address);
    const contacts = answers(candidate);
    if (contacts === undefined) lookup.handleFailure(candidate);
    else {
      lookup.handleAnswer(candidate);
      for (const contact of contacts) lookup.add(contact, candidate.hops + 1);
    }
  }
  return asked;
}

describe("lookup", () => {
  it("asks three at a time, the nearest first, another when one is late", () => {
    const lookup = new Lookup(TARGET);
    for (let i = 0; i < 6; i++) lookup.add(near(i, `${20 + i}.1.1.1`), 0);
    const [first, second, third] = [lookup.next(), lookup.next(), lookup.next()];
    expect([first, second, third].map((each) => each?.endpoint.address)).toEqual(["25.1.1.1", "24.1.1.1", "23.1.1.1"]);
    expect(lookup.next()).toBeUndefined();
    if (first === undefined) throw new Error("nobody");
    lookup.handleLate(first);
    expect(lookup.next()?.endpoint.address).toBe("22.1.1.1");
  });

  it("goes from the far to the near and ends when the nearest have answered", () => {
    const lookup = new Lookup(TARGET);
    lookup.add(near(0, "20.1.1.1"), 0);
    let made = 0;
    const asked = run(lookup, ({ hops }) =>
      hops >= 3 ? [] : Array.from({ length: 8 }, () => near(4 * (hops + 1), `${30 + made++}.1.1.1`)),
    );
    expect(asked.length).toBeLessThan(30);
    expect(lookup.closest()).toHaveLength(8);
    expect(Math.max(...lookup.closest().map(({ hops }) => hops))).toBe(3);
  });

  it("counts one node of a /24 and two of a /16, however near the rest is", () => {
    const lookup = new Lookup(TARGET);
    for (let i = 0; i < 200; i++) lookup.add(near(100, `50.60.${i}.1`), 0);
    for (let i = 0; i < 20; i++) lookup.add(near(60, `51.61.62.${i + 1}`), 0);
    const honest = Array.from({ length: 12 }, (_, i) => provenNear(`${70 + i}.1.1.1`));
    for (const contact of honest) lookup.add(contact, 0);
    const asked = run(lookup, () => []);
    expect(asked.filter((address) => address.startsWith("50.60."))).toHaveLength(2);
    expect(asked.filter((address) => address.startsWith("51."))).toHaveLength(1);
    expect(lookup.closest()).toHaveLength(8);
    expect(lookup.closest().filter(({ endpoint }) => endpoint.address.startsWith("5"))).toHaveLength(3);
  });

  it("gives a network up that stays silent", () => {
    const lookup = new Lookup(TARGET);
    for (let i = 0; i < 200; i++) lookup.add(near(100, `50.60.${i}.1`), 0);
    lookup.add(near(1, "20.1.1.1"), 0);
    const asked = run(lookup, ({ endpoint }) => (endpoint.address.startsWith("50.") ? undefined : []));
    expect(asked.length).toBeLessThanOrEqual(11);
    expect(asked).toContain("20.1.1.1");
  });

  it("wants half of the nearest to have ids that fit their addresses (BEP 42)", () => {
    const lookup = new Lookup(TARGET);
    for (let i = 0; i < 12; i++) lookup.add(near(30, `${20 + i}.1.1.1`), 0);
    for (let i = 0; i < 8; i++) lookup.add(provenNear(`${60 + i}.1.1.1`), 0);
    run(lookup, () => []);
    const fitting = lookup.closest().filter(({ id, endpoint }) => isIdOfAddress(id, endpoint.address));
    expect([lookup.closest().length, fitting.length]).toEqual([8, 4]);
  });

  it("ends however many nodes are named", () => {
    const lookup = new Lookup(TARGET);
    lookup.add(near(0, "20.1.1.1"), 0);
    let made = 0;
    const asked = run(lookup, () => Array.from({ length: 20 }, () => near(20 + (made % 100), address(made++))));
    expect(asked.length).toBeLessThanOrEqual(160);
  });

  it("has each endpoint once", () => {
    const lookup = new Lookup(TARGET);
    for (let i = 0; i < 5; i++) lookup.add(near(i, "20.1.1.1"), 0);
    expect(run(lookup, () => [])).toHaveLength(1);
  });
});

function address(i: number): string {
  return `${20 + (i % 60)}.${(i >> 3) & 255}.${i & 255}.1`;
}

/** Anywhere, with an id that fits. */
function provenNear(address: string): Contact {
  const id = makeNodeId(address, random);
  return sharedBits(id, TARGET) > 20 ? provenNear(address) : { id, endpoint: makeEndpoint(address, 6881) };
}
