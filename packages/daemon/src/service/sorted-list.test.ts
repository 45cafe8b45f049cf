import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ListSource, SortedList } from "./sorted-list.ts";
import type { TorrentView } from "./torrent-view.ts";
import { TouchLog } from "./touch-log.ts";

interface Item {
  readonly record: { readonly id: number };
  name: string;
  ratio: number | undefined;
}

/** Torrents of which there is an id, a name and a ratio. */
class World implements ListSource<Item> {
  readonly items: Item[] = [];
  readonly touches = new TouchLog<Item>();

  get entries(): Iterable<Item> {
    return this.items;
  }

  has(item: Item): boolean {
    return this.items.includes(item);
  }

  view({ name, ratio }: Item): TorrentView {
    return { name, ratio } as TorrentView;
  }

  touch(item: Item): void {
    this.touches.push(item, this.items.length);
  }
}

const change = fc.record({
  what: fc.constantFrom("add", "remove", "edit", "look"),
  at: fc.nat(1_000),
  name: fc.constantFrom("a", "A", "b", "c1", "c2", "d"),
  ratio: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
});

describe("sorted list", () => {
  it("is, after any changes, what it would be if it were made anew", () => {
    fc.assert(
      fc.property(
        fc.array(change, { maxLength: 60 }),
        fc.constantFrom("name" as const, "ratio" as const),
        fc.boolean(),
        (changes, sort, descending) => {
          const world = new World();
          const make = (): SortedList<Item> => new SortedList<Item>(({ name }) => name !== "d", { sort, descending });
          const list = make();
          let position = 0;
          for (const [id, { what, at, name, ratio }] of [...changes, { ...NOTHING }].entries()) {
            const item = world.items[at % Math.max(1, world.items.length)];
            if (what === "add") {
              const added = { record: { id }, name, ratio };
              world.items.push(added);
              world.touch(added);
            } else if (what === "look") {
              list.update(world.touches.since(position) ?? [], world);
              position = world.touches.end;
              const anew = make();
              anew.fill(world);
              expect(list.slice(0)).toEqual(anew.slice(0));
            } else if (item !== undefined) {
              if (what === "edit") Object.assign(item, { name, ratio });
              else world.items.splice(world.items.indexOf(item), 1);
              world.touch(item);
            }
          }
        },
      ),
    );
  });

  it("has what is absent last in both directions, and equal ones in order of id", () => {
    const world = new World();
    for (const [id, ratio] of [undefined, 2, 1, 2].entries()) world.items.push({ record: { id }, name: "a", ratio });
    const idsOf = (descending: boolean): number[] => {
      const list = new SortedList<Item>(() => true, { sort: "ratio", descending });
      list.fill(world);
      return list.slice(0).map(({ record }) => record.id);
    };
    expect(idsOf(false)).toEqual([2, 1, 3, 0]);
    expect(idsOf(true)).toEqual([1, 3, 2, 0]);
  });
});

const NOTHING = { what: "look", at: 0, name: "a", ratio: undefined } as const;

describe("touch log", () => {
  it("forgets what is long ago, and says so", () => {
    const log = new TouchLog<number>();
    for (let n = 0; n < 10_000; n++) log.push(n, 100);
    expect(log.since(0)).toBeUndefined();
    expect([...(log.since(log.end - 2) ?? [])]).toEqual([9_998, 9_999]);
    expect(log.since(log.end)?.size).toBe(0);
  });
});
