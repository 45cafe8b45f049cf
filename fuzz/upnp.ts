/** UPnP: searches' answers, descriptions and SOAP end in values within bounds, or in an XmlError. */
import assert from "node:assert/strict";
import { fromUtf8, utf8 } from "@torrential/core";
import {
  decodeSoap,
  decodeSsdpAnswer,
  decodeSsdpNotice,
  GET_EXTERNAL_ADDRESS,
  isOwnUrl,
  parseIgdDescription,
  parseXml,
  type XmlElement,
  XmlError,
} from "@torrential/protocol";

const HOST = "192.168.1.1";

export const seeds: readonly Uint8Array[] = [
  "HTTP/1.1 200 OK\r\nST: urn:schemas-upnp-org:device:InternetGatewayDevice:1\r\nLOCATION: http://192.168.1.1:5000/d.xml\r\nBOOTID.UPNP.ORG: 1\r\n\r\n",
  '<?xml version="1.0"?><root xmlns="urn:schemas-upnp-org:device-1-0"><URLBase>http://192.168.1.1/</URLBase><device><serviceList><service><serviceType>urn:schemas-upnp-org:service:WANIPConnection:2</serviceType><controlURL>/ctl</controlURL></service></serviceList></device></root>',
  "<s:E><s:Body><u:GetExternalIPAddressResponse><NewExternalIPAddress>1.2.3.4</NewExternalIPAddress></u:GetExternalIPAddressResponse></s:Body></s:E>",
  "<a><UPnPError><errorCode>718</errorCode><errorDescription>&lt;x&#62;</errorDescription></UPnPError><![CDATA[]]><!-- --></a>",
].map((text) => utf8(text));

export function fuzz(input: Uint8Array): void {
  decodeSsdpNotice(input);
  const answer = decodeSsdpAnswer(input);
  if (answer !== undefined) {
    assert.match(answer.location, /^[\x21-\x7E]{1,1024}$/);
    if (isOwnUrl(answer.location, HOST)) assert.equal(new URL(answer.location).hostname, HOST);
  }
  allowXmlError(() => {
    for (const { controlUrl, type } of parseIgdDescription(input, `http://${HOST}/d.xml`)) {
      assert.match(type, /^[\w:.-]{1,128}$/);
      if (isOwnUrl(controlUrl, HOST)) assert.equal(new URL(controlUrl).hostname, HOST);
    }
  });
  const soap = decodeSoap(input, GET_EXTERNAL_ADDRESS);
  if (soap.type === "refused") assert.ok(Number.isInteger(soap.code) && soap.description.length <= 200);
  allowXmlError(() => assert.ok(depthOf(parseXml(fromUtf8(input, { lossy: true }))) <= 32));
}

function depthOf(element: XmlElement): number {
  return 1 + Math.max(0, ...element.children.map(depthOf));
}

function allowXmlError(task: () => void): void {
  try {
    task();
  } catch (error) {
    if (!(error instanceof XmlError)) throw error;
  }
}
