import { utf8 } from "@torrential/core";
import { describe, expect, it } from "vitest";
import { addPortMapping, decodeSoap, encodeSoap, GET_EXTERNAL_ADDRESS, isOwnUrl, parseIgdDescription } from "./igd.ts";
import { decodeSsdpAnswer, encodeSearches } from "./ssdp.ts";
import { DESCRIPTION, EXTERNAL_ADDRESS, soapFault, SSDP_ANSWER } from "./test-vectors.ts";

const LOCATION = "http://192.168.77.1:37077/rootDesc.xml";

describe("an Internet Gateway Device", () => {
  it("is searched for in both versions", () => {
    const searches = encodeSearches().map((bytes) => new TextDecoder().decode(bytes));
    expect(searches).toHaveLength(2);
    expect(searches[1]).toContain("ST: urn:schemas-upnp-org:device:InternetGatewayDevice:2\r\n\r\n");
  });

  it("answers with its location", () => {
    expect(decodeSsdpAnswer(utf8(SSDP_ANSWER))).toEqual({
      location: LOCATION,
      target: "urn:schemas-upnp-org:device:InternetGatewayDevice:1",
      server: "Debian/6.18.44-fc-v669 UPnP/1.1 MiniUPnPd/2.3.1",
      bootId: 1_795_601_900,
    });
  });

  it.each([
    ["something else", "NOTIFY * HTTP/1.1\r\nLOCATION: http://192.168.1.1/\r\n\r\n"],
    ["another device", SSDP_ANSWER.replaceAll("InternetGatewayDevice", "MediaServer")],
    ["no location", SSDP_ANSWER.replace("LOCATION", "X-LOCATION")],
    ["a location with spaces", SSDP_ANSWER.replace("rootDesc", "root Desc")],
    ["too much", SSDP_ANSWER + "X: y\r\n".repeat(1_000)],
    ["nothing", ""],
  ])("is not taken for %s", (_, text) => {
    expect(decodeSsdpAnswer(utf8(text))).toBeUndefined();
  });

  it("says where it is commanded", () => {
    expect(parseIgdDescription(utf8(DESCRIPTION), LOCATION)).toEqual([
      {
        type: "urn:schemas-upnp-org:service:WANIPConnection:2",
        version: 2,
        controlUrl: "http://192.168.77.1:37077/ctl/IPConn",
      },
    ]);
  });

  it.each([
    ["http://192.168.1.1:5000/x", "192.168.1.1", true],
    ["http://[fd77::1]:5000/x", "fd77::1", true],
    ["http://192.168.1.2:5000/x", "192.168.1.1", false],
    ["https://192.168.1.1/x", "192.168.1.1", false],
    ["http://user@192.168.1.1/x", "192.168.1.1", false],
    ["http://router.example/x", "192.168.1.1", false],
    ["http://127.0.0.1/x", "127.0.0.1", false],
    ["http://8.8.8.8/x", "8.8.8.8", false],
    ["http://169.254.169.254/x", "169.254.169.254", false],
    ["http://3232235777/x", "192.168.1.1", true], // The URL parser makes 192.168.1.1 of it.
    ["file:///etc/passwd", "192.168.1.1", false],
    ["nonsense", "192.168.1.1", false],
  ])("at %s, heard from %s, is followed: %s", (url, host, wanted) => {
    expect(isOwnUrl(url, host)).toBe(wanted);
  });

  it("is asked in SOAP, with what it is told escaped", () => {
    const service = { type: "urn:schemas-upnp-org:service:WANIPConnection:1", version: 1, controlUrl: "http://x/" };
    const mapping = {
      protocol: "udp",
      internalPort: 1,
      externalPort: 2,
      localAddress: "<&>",
      leaseSeconds: 3,
    } as const;
    const { body, headers } = encodeSoap(service, addPortMapping(mapping, { any: false }));
    expect(headers["soapaction"]).toBe('"urn:schemas-upnp-org:service:WANIPConnection:1#AddPortMapping"');
    expect(body).toContain("<NewInternalClient>&lt;&amp;&gt;</NewInternalClient>");
    expect(body).toContain("<NewProtocol>UDP</NewProtocol>");
  });

  it("answers with values, refusals, or nonsense", () => {
    const values = new Map([["NewExternalIPAddress", "11.22.33.1"]]);
    expect(decodeSoap(utf8(EXTERNAL_ADDRESS), GET_EXTERNAL_ADDRESS)).toEqual({ type: "done", values });
    expect(decodeSoap(utf8(soapFault(718)), GET_EXTERNAL_ADDRESS)).toMatchObject({ type: "refused", code: 718 });
    expect(decodeSoap(utf8("<html>"), GET_EXTERNAL_ADDRESS)).toMatchObject({ type: "refused", code: 0 });
    expect(decodeSoap(utf8("<a/>"), GET_EXTERNAL_ADDRESS)).toMatchObject({ type: "refused", code: 0 });
  });
});
