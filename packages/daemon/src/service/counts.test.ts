import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CountSource, countTorrents, TorrentCounter } from "./counts.ts";
import type { TorrentView } from "./torrent-view.ts";
import { TouchLog } from "./touch-log.ts";

interface Item {
  view: TorrentView;
}

const look = fc
  .record({
    state: fc.constantFrom("seeding", "downloading", "stopped"),
    isComplete: fc.boolean(),
    category: fc.constantFrom(undefined, "films", "films/old"),
    tags: fc.subarray(["a", "b"]),
    folder: fc.constantFrom("/x", "/y"),
    tracker: fc.constantFrom(undefined, "http://one.example", "http://two.example:81"),
    downRate: fc.constantFrom(0, 5),
    upRate: fc.constantFrom(0, 5),
  })
  .map((fields) => fields as Partial<TorrentView> as TorrentView);
const change = fc.record({ what: fc.constantFrom("add", "remove", "edit", "count"), at: fc.nat(1_000), look });

describe("torrent counter", () => {
  it("says, after any changes, what counting all anew says", () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 80 }), (changes) => {
        const items = new Set<Item>();
        // As short as it can be: who is far behind starts over.
        const touches = new TouchLog<Item>(0);
        const source: CountSource<Item> = {
          entries: items,
          touches,
          has: (item) => items.has(item),
          view: ({ view }) => view,
        };
        const counter = new TorrentCounter<Item>();
        for (const { what, at, look: view } of changes) {
          const item = [...items][at % Math.max(1, items.size)];
          if (what === "count") expect(counter.counts(source)).toEqual(countTorrents([...items].map((it) => it.view)));
          else if (what === "add") {
            const added = { view };
            items.add(added);
            touches.push(added, items.size);
          } else if (item !== undefined) {
            if (what === "remove") items.delete(item);
            else item.view = view;
            touches.push(item, items.size);
          }
        }
        expect(counter.counts(source)).toEqual(countTorrents([...items].map((it) => it.view)));
      }),
    );
  });
});
