import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalIp, classifyIp, parseIp } from "./ip-address.ts";

describe("IP literals", () => {
  it.each([
    ["1.2.3.4", "1.2.3.4"],
    ["::", "::"],
    ["::1", "::1"],
    ["1::", "1::"],
    ["2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
    ["1:0:0:2:0:0:0:3", "1:0:0:2::3"],
    ["0001:0002:3:4:5:6:7:0008", "1:2:3:4:5:6:7:8"],
    ["::ffff:1.2.3.4", "1.2.3.4"],
    ["::ffff:102:304", "1.2.3.4"],
    ["64:ff9b::1.2.3.4", "64:ff9b::102:304"],
    ["1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"],
  ])("writes %s as %s", (text, canonical) => {
    expect(canonicalIp(text)).toBe(canonical);
    expect(canonicalIp(parseIp(text) ?? "")).toBe(canonical);
  });

  it.each([
    "",
    "1.2.3",
    "1.2.3.4.5",
    "1.2.3.256",
    "01.2.3.4",
    "0x1.2.3.4",
    " 1.2.3.4",
    "1.2.3.4\n",
    "127.1",
    ":",
    ":::",
    "1::2::3",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "1:2:3:4:5:6:7::8",
    "1:2:3:4:5:6:7:1.2.3.4",
    "12345::",
    "g::",
    "1.2.3.4::",
    "::1.2.3.4:5",
    "::1.2.3",
    "fe80::1%eth0",
    "[::1]",
    ":1::",
  ])("refuses %j", (text) => {
    expect(parseIp(text)).toBeUndefined();
    expect(canonicalIp(text)).toBeUndefined();
  });

  it("round-trips all addresses through their one text", () => {
    const anyIp = fc.oneof(
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      fc.array(fc.constantFrom(0, 0, 1, 0xff), { minLength: 16, maxLength: 16 }).map((bytes) => Uint8Array.from(bytes)),
    );
    fc.assert(
      fc.property(anyIp, (bytes) => {
        const text = canonicalIp(bytes) ?? "";
        expect(canonicalIp(text)).toBe(text);
        expect(classifyIp(text)).toBe(classifyIp(bytes));
        if (text.includes(":") || bytes.length === 4) expect(parseIp(text)).toEqual(bytes);
      }),
    );
  });
});

describe("classes of addresses", () => {
  it.each([
    ["8.8.8.8", "public"],
    ["2606:4700::1111", "public"],
    ["127.0.0.1", "loopback"],
    ["127.255.255.255", "loopback"],
    ["::1", "loopback"],
    ["::ffff:127.0.0.1", "loopback"],
    ["::ffff:7f00:1", "loopback"],
    ["::127.0.0.1", "loopback"],
    ["64:ff9b::7f00:1", "loopback"],
    ["2002:7f00:1::", "loopback"],
    ["::ffff:0:127.0.0.1", "loopback"],
    ["0.0.0.0", "unspecified"],
    ["0.1.2.3", "unspecified"],
    ["::", "unspecified"],
    ["10.1.2.3", "private"],
    ["172.15.255.255", "public"],
    ["172.16.0.0", "private"],
    ["172.31.255.255", "private"],
    ["172.32.0.0", "public"],
    ["192.168.1.1", "private"],
    ["192.169.0.0", "public"],
    ["100.63.255.255", "public"],
    ["100.64.0.1", "private"],
    ["100.128.0.0", "public"],
    ["198.19.1.1", "private"],
    ["fc00::1", "private"],
    ["fdff::1", "private"],
    ["fec0::1", "private"],
    ["169.254.1.1", "link-local"],
    ["fe80::1", "link-local"],
    ["febf::1", "link-local"],
    ["169.254.169.254", "metadata"],
    ["::ffff:169.254.169.254", "metadata"],
    ["2002:a9fe:a9fe::1", "metadata"],
    ["fd00:ec2::254", "metadata"],
    ["224.0.0.1", "multicast"],
    ["ff02::1", "multicast"],
    ["240.0.0.1", "broadcast"],
    ["255.255.255.255", "broadcast"],
  ])("calls %s %s", (text, expected) => {
    expect(classifyIp(text)).toBe(expected);
  });

  it("refuses what is no address", () => {
    for (const bad of ["localhost", "", new Uint8Array(5)]) {
      expect(() => classifyIp(bad)).toThrow(expect.objectContaining({ code: "ip-invalid" }));
    }
  });
});
