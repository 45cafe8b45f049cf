import { describe, expect, it } from "vitest";
import { chooseGateway, parseIpv4Routes, parseIpv6Routes } from "./gateway.ts";

const IPV4 = `Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT
wlan0	00000000	0101A8C0	0003	0	0	600	00000000	0	0	0
eth0	00000000	014DA8C0	0003	0	0	100	00000000	0	0	0
tun0	00000000	00000000	0001	0	0	50	00000000	0	0	0
eth0	004DA8C0	00000000	0001	0	0	0	00FFFFFF	0	0	0
`;
const IPV6 = `00000000000000000000000000000000 00 00000000000000000000000000000000 00 fe800000000000000000000000000001 00000400 00000001 00000000 00000003     eth0
fe800000000000000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000001 00000000 00000001     eth0
00000000000000000000000000000000 00 00000000000000000000000000000000 00 00000000000000000000000000000000 ffffffff 00000001 00000000 00200200       lo
`;
const ADDRESSES = [
  { interfaceName: "eth0", address: "192.168.77.2" },
  { interfaceName: "wlan0", address: "192.168.1.5" },
];

describe("the default gateway", () => {
  it("is read from the kernel's tables", () => {
    expect(parseIpv4Routes(IPV4)).toEqual([
      { interfaceName: "wlan0", gateway: "192.168.1.1", metric: 600 },
      { interfaceName: "eth0", gateway: "192.168.77.1", metric: 100 },
    ]);
    expect(parseIpv6Routes(IPV6)).toEqual([{ interfaceName: "eth0", gateway: "fe80::1", metric: 1024 }]);
  });

  it("is that of the best route, or of the bound address's interface", () => {
    const view = { routes: parseIpv4Routes(IPV4), addresses: ADDRESSES };
    expect(chooseGateway(4, { ...view, bindAddress: undefined })).toMatchObject({ address: "192.168.77.1" });
    expect(chooseGateway(4, { ...view, bindAddress: "192.168.1.5" })).toMatchObject({
      address: "192.168.1.1",
      localAddress: "192.168.1.5",
    });
    expect(chooseGateway(4, { ...view, bindAddress: "10.0.0.1" })).toBeUndefined();
  });

  it("has a zone when it is link-local", () => {
    const addresses = [{ interfaceName: "eth0", address: "2001:db8::5" }];
    const view = { routes: parseIpv6Routes(IPV6), addresses, bindAddress: undefined };
    expect(chooseGateway(6, view)?.address).toBe("fe80::1%eth0");
  });

  it.each(["", "nonsense\n\n", "eth0 00000000 XYZ 0003 0 0 0"])("is none in %j", (text) => {
    expect([...parseIpv4Routes(text), ...parseIpv6Routes(text)]).toEqual([]);
  });
});
