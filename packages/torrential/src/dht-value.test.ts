import { describe, expect, it } from "vitest";
import { decodeBencode, latin1 } from "@torrential/core";
import { valueToJson, valueToText } from "./dht-value.ts";

const read = (text: string) => decodeBencode(latin1(text));

describe("values of the DHT", () => {
  it("are text, or JSON", () => {
    expect(valueToText(read("5:hello"))).toBe("hello");
    expect(valueToText(read("d1:ai1e1:bl2:\u00ff\u00feee"))).toBe('{"a":1,"b":[{"hex":"fffe"}]}');
    expect(valueToJson(read("i123456789012345678901e"))).toBe("123456789012345678901");
  });
});
