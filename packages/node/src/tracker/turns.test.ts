import { describe, expect, it } from "vitest";
import { type Attempt, Turns } from "./turns.ts";

describe("turns", () => {
  it("runs fifty at a time, four for a host that has not answered, sixteen for one that has", async () => {
    const { turns, running, finish } = start();
    for (let i = 0; i < 30; i++) void turns.take("good", running("good"));
    expect(count(running)).toBe(4);
    await finish("answered", 1);
    expect(count(running)).toBe(16);
    for (let host = 0; host < 30; host++) void turns.take(`host ${host}`, running(`host ${host}`));
    expect(count(running)).toBe(46);
    for (let host = 0; host < 30; host++) void turns.take(`host ${host}`, running(`host ${host}`));
    expect(count(running)).toBe(50);
  });

  it("does not let a dead host hold up a good one", async () => {
    const { turns, running, finish } = start();
    const dead = Array.from({ length: 500 }, () => turns.take("dead", running("dead")));
    const good = turns.take("good", running("good"));
    await finish("answered", 1, "good");
    expect(await good).toBe("good answered");
    await finish("silent", 5, "dead"); // Four, and the one that followed the first of them.
    expect(new Set(await Promise.all(dead))).toEqual(new Set(["dead silent"]));
    expect(count(running)).toBe(0);
  });

  it("tries a dead host again after half a minute, once, and believes its answer", async () => {
    const { turns, running, finish, clock } = start();
    const first = Promise.all([1, 2].map(() => turns.take("h", running("h"))));
    await finish("silent", 2);
    await first;
    expect(await turns.take("h", running("h"))).toBe("h silent");
    clock.now = 30_000;
    const probe = turns.take("h", running("h"));
    expect(await turns.take("h", running("h"))).toBe("h silent");
    expect(count(running)).toBe(1);
    await finish("answered", 1);
    expect(await probe).toBe("h answered");
    for (let i = 0; i < 5; i++) void turns.take("h", running("h"));
    expect(count(running)).toBe(5);
  });

  it("does not call a host dead that refuses at once", async () => {
    const { turns, running, finish } = start();
    for (let i = 0; i < 3; i++) {
      const taken = turns.take("h", running("h"));
      await finish("failed", 1);
      expect(await taken).toBe("h failed");
    }
  });
});

interface Running {
  readonly host: string;
  readonly finish: (attempt: Attempt<string>) => void;
}

function start() {
  const clock = { now: 0 };
  const turns = new Turns<string>(() => clock.now);
  const list: Running[] = [];
  const running = (host: string) => (): Promise<Attempt<string>> =>
    new Promise((finish) => {
      list.push({ host, finish });
    });
  running.list = list;
  const finish = async (type: Attempt<string>["type"], times: number, only?: string): Promise<void> => {
    for (let i = 0; i < times; i++) {
      const at = list.findIndex(({ host }) => only === undefined || host === only);
      const [each] = list.splice(at, 1);
      each?.finish({ type, value: `${each.host} ${type}` });
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { clock, turns, running, finish };
}

function count({ list }: { readonly list: readonly Running[] }): number {
  return list.length;
}
