import { describe, expect, it } from "vitest";
import fc from "fast-check";
import { makeEndpoint } from "@torrential/core";
import type { Contact } from "./contact.ts";
import { compareDistance, drawIdInBucket, drawNodeId, makeNodeId, networksOf, sharedBits } from "./node-id.ts";
import { BUCKET_SIZE, RoutingTable } from "./routing-table.ts";
import { seededRandom } from "./test-support.ts";

const random = seededRandom(7);
const OWN = drawNodeId(random);

/** A node in a bucket of ours, at an address. */
function contact(bucket: number, address: string): Contact {
  return { id: drawIdInBucket(OWN, bucket, random), endpoint: makeEndpoint(address, 6881) };
}

/** One whose id fits its address. */
function proven(bucket: number, address: string): Contact {
  for (;;) {
    const id = makeNodeId(address, random);
    if (sharedBits(OWN, id) === bucket) return { id, endpoint: makeEndpoint(address, 6881) };
  }
}

function fill(table: RoutingTable, bucket: number, count: number): Contact[] {
  const contacts = Array.from({ length: count }, (_, i) => contact(bucket, `${20 + i}.1.1.1`));
  for (const each of contacts) table.handleAnswer(each, 0);
  return contacts;
}

describe("routing table", () => {
  it("takes in who answered, and nobody who only asked", () => {
    const table = new RoutingTable(OWN);
    expect(table.handleQuery(contact(0, "8.8.8.8"), 0)).toBe(true);
    expect(table.size).toBe(0);
    table.handleAnswer(contact(0, "8.8.8.8"), 0);
    expect(table.size).toBe(1);
    table.handleAnswer({ id: OWN, endpoint: makeEndpoint("8.8.9.9", 1) }, 0);
    expect(table.size).toBe(1);
  });

  it("has an address once, a /24 once and a /16 twice in a bucket", () => {
    const table = new RoutingTable(OWN);
    for (const address of ["8.8.8.8", "8.8.8.9", "8.8.9.1", "8.8.10.1", "9.9.9.9"])
      table.handleAnswer(contact(0, address), 0);
    table.handleAnswer({ ...contact(1, "9.9.9.9"), endpoint: makeEndpoint("9.9.9.9", 7000) }, 0);
    const addresses = table.nodes().map(({ endpoint }) => endpoint.address);
    expect(addresses).toEqual(["8.8.8.8", "8.8.9.1", "9.9.9.9"]);
  });

  it("is not held to networks where all addresses are local", () => {
    const table = new RoutingTable(OWN);
    for (let port = 1; port <= 5; port++)
      table.handleAnswer({ id: drawIdInBucket(OWN, 0, random), endpoint: makeEndpoint("127.0.0.1", 5_000 + port) }, 0);
    expect(table.size).toBe(5);
  });

  it("puts out who changes its id", () => {
    const table = new RoutingTable(OWN);
    table.handleAnswer(contact(0, "8.8.8.8"), 0);
    table.handleAnswer(contact(0, "8.8.8.8"), 1);
    expect(table.size).toBe(0);
  });

  it("keeps a node in good standing when another claims its id", () => {
    const table = new RoutingTable(OWN);
    const first = contact(0, "8.8.8.8");
    table.handleAnswer(first, 0);
    table.handleAnswer({ id: first.id, endpoint: makeEndpoint("9.9.9.9", 1) }, 1);
    expect(table.nodes()[0]?.endpoint).toEqual(first.endpoint);
    table.handleAnswer({ id: first.id, endpoint: makeEndpoint("9.9.9.9", 1) }, 1_000_000);
    expect(table.nodes()[0]?.endpoint.address).toBe("9.9.9.9");
  });

  it("fills the place of a bad node with a spare", () => {
    const table = new RoutingTable(OWN);
    const contacts = fill(table, 0, BUCKET_SIZE);
    const spare = contact(0, "90.1.1.1");
    table.handleAnswer(spare, 0);
    expect([table.size, table.counts(0).spares]).toEqual([BUCKET_SIZE, 1]);
    const [first] = contacts;
    if (first === undefined) throw new Error("nobody");
    table.handleFailure(first.endpoint);
    table.handleFailure(first.endpoint);
    expect(table.nodes().map(({ endpoint }) => endpoint.address)).toContain("90.1.1.1");
    expect([table.size, table.has(first.endpoint)]).toEqual([BUCKET_SIZE, false]);
  });

  it("gives the place of an id that does not fit its address to one that does (BEP 42)", () => {
    const table = new RoutingTable(OWN);
    fill(table, 0, BUCKET_SIZE);
    const better = proven(0, "91.1.1.1");
    expect(table.hasPlaceFor(better)).toBe(true);
    table.handleAnswer(better, 0);
    expect(table.nodes().filter(({ isProven }) => isProven)).toHaveLength(1);
  });

  it("tells others of good nodes only", () => {
    const table = new RoutingTable(OWN);
    const [silent, ...rest] = fill(table, 0, 4);
    if (silent === undefined) throw new Error("nobody");
    table.handleFailure(silent.endpoint);
    expect(table.closest(OWN, 8, "good", 1)).toHaveLength(rest.length);
    expect(table.closest(OWN, 8, "usable", 1)).toHaveLength(4);
    expect(table.closest(OWN, 8, "good", 900_000)).toHaveLength(0);
    for (const each of rest) table.handleQuery(each, 900_000);
    expect(table.closest(OWN, 8, "good", 900_001)).toHaveLength(rest.length);
  });

  it("asks again who was silent for ten minutes, and sooner who missed an answer", () => {
    const table = new RoutingTable(OWN);
    const [first] = fill(table, 0, 2);
    if (first === undefined) throw new Error("nobody");
    expect(table.nextToRefresh(599_999)).toBeUndefined();
    table.handleFailure(first.endpoint);
    expect(table.nextToRefresh(30_000)?.endpoint).toEqual(first.endpoint);
    table.handleAsked(first.endpoint, 30_000);
    expect(table.nextToRefresh(30_001)).toBeUndefined();
  });

  it("finds the nearest, whatever is asked for", () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 60 }), (seed, count) => {
        const draw = seededRandom(seed);
        const table = new RoutingTable(drawNodeId(draw));
        for (let i = 0; i < count; i++)
          table.handleAnswer({ id: drawNodeId(draw), endpoint: makeEndpoint(`${11 + i}.${i}.1.1`, 6881) }, 0);
        const target = drawNodeId(draw);
        const nearest = table.nodes().toSorted((a, b) => compareDistance(target, a.id, b.id));
        expect(table.closest(target, 8, "usable", 0)).toEqual(nearest.slice(0, 8));
      }),
    );
  });

  it("keeps its bounds, whoever comes and goes", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(3), fc.nat(9), fc.nat(9), fc.nat(2)), { maxLength: 200 }), (steps) => {
        const table = new RoutingTable(OWN);
        for (const [action, wide, near, bucket] of steps) {
          const each = contact(bucket, `${20 + wide}.1.${near}.1`);
          if (action === 0) table.handleFailure(each.endpoint);
          else table.handleAnswer(each, action);
        }
        const nodes = table.nodes();
        expect(table.size).toBe(nodes.length);
        expect(new Set(nodes.map(({ endpoint }) => endpoint.address)).size).toBe(nodes.length);
        for (let bucket = 0; bucket < 3; bucket++) {
          const inside = nodes.filter((node) => table.bucketOf(node) === bucket);
          expect(inside.length).toBeLessThanOrEqual(BUCKET_SIZE);
          expect(new Set(inside.map(({ endpoint }) => networksOf(endpoint).near)).size).toBe(inside.length);
        }
      }),
    );
  });
});
