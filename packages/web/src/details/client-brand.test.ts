import { describe, expect, it } from "vitest";
import { brandOf } from "./client-brand.ts";

describe("marks of clients", () => {
  it.each([
    ["qBittorrent/4.6.0", "qB"],
    ["Transmission 3.00", "Tr"],
    ["μTorrent 3.5.5", "µT"],
    ["<b>Evil</b>", "bE"],
    ["日本", "日本"],
    ["", "?"],
  ])("%j is %s", (client, letters) => {
    expect(brandOf(client).letters).toBe(letters);
  });

  it("can be read: white on each color has a contrast of 4.5", () => {
    for (const client of ["torrential", "qbittorrent", "transmission", "aria2", "bitcomet", "µtorrent", "other"]) {
      expect([client, contrastToWhite(brandOf(client).color) >= 4.5]).toEqual([client, true]);
    }
  });
});

/** WCAG 2.2, "contrast ratio". */
function contrastToWhite(color: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05);
}
